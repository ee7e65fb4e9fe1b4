/* A self-evaluation around a table: keys, what the others do, and who can be asked. Everything works without this. */
(function () {
  "use strict";

  const EVERY = 3000;
  const doc = document;

  /* --- what the others do: ask while the page is looked at --- */
  let isSignedOut = false;
  doc.addEventListener("amps:signed-out", () => { isSignedOut = true; });
  function look() {
    if (doc.hidden || isSignedOut || !window.htmx) return;
    for (const part of doc.querySelectorAll("[data-live]")) window.htmx.trigger(part, "amps:look");
  }
  setInterval(look, EVERY);
  doc.addEventListener("visibilitychange", look);

  /* The answer's form follows what others store, unless somebody has begun to write in it. */
  const form = () => doc.getElementById("agree");
  const isTouched = (agree) => agree.dataset.touched === "1" || agree.contains(doc.activeElement);
  function touch(event) {
    const agree = event.target instanceof Element && event.target.closest("#agree");
    if (agree) agree.dataset.touched = "1";
  }
  doc.addEventListener("input", touch);
  doc.addEventListener("change", touch);
  function follow() {
    const state = doc.getElementById("state");
    const agree = form();
    if (!state || !agree || !window.htmx) return;
    if (state.dataset.answerVersion === agree.dataset.version) return;
    if (isTouched(agree)) {
      const note = agree.querySelector("[data-meanwhile]");
      if (note) note.hidden = false;
    } else {
      window.htmx.ajax("GET", agree.dataset.part, { target: "#agree", swap: "outerHTML" });
    }
  }

  /* --- a claim better than the facts asks for its reason at once --- */
  const factsSay = () => doc.querySelector("#facts [data-suggested]")?.dataset.suggested;
  const RANK = { red: 1, yellow: 2, green: 3 };
  function against() {
    const agree = form();
    const box = agree?.querySelector("[data-against-empty]");
    if (!box) return;
    const suggested = factsSay();
    const chosen = agree.querySelector("input[name=status]:checked")?.value;
    box.hidden = !(RANK[chosen] && RANK[suggested] && RANK[chosen] > RANK[suggested]);
  }
  doc.addEventListener("change", against);

  function tagFacts() {
    const suggested = factsSay();
    for (const tag of doc.querySelectorAll("[data-facts-say]")) tag.hidden = tag.dataset.factsSay !== suggested;
  }

  function settle() {
    tagFacts();
    against();
    keysOf();
    follow();
  }
  doc.addEventListener("htmx:afterSettle", settle);
  doc.addEventListener("htmx:oobAfterSwap", settle);

  /* --- keys: first one's own mark, then what the group agrees on --- */
  function keysOf() {
    const mark = doc.querySelector("[data-keys=mark]");
    const agree = doc.querySelector("[data-keys=agree]");
    const hasMark = mark?.querySelector("[data-key-choice][aria-pressed=true]");
    const current = agree && (hasMark || !mark) ? agree : mark;
    for (const part of [mark, agree]) part?.classList.toggle("keys-here", part === current);
    return current;
  }
  function choose(key) {
    const target = keysOf()?.querySelector(`[data-key-choice="${key}"]`);
    if (!target) return false;
    target.focus({ preventScroll: target.type !== "radio" });
    target.click();
    return true;
  }
  function step(name) {
    const link = doc.querySelector(`a[data-step=${name}]`);
    if (link) link.click();
    return Boolean(link);
  }
  doc.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || !(event.target instanceof Element)) return;
    if (event.ctrlKey) {
      if (event.key === "Enter" && event.target.closest("#agree")) {
        event.preventDefault();
        form().querySelector("button[value=next]").click();
      }
      return;
    }
    if (event.target.closest("textarea, select, input:not([type=radio]), dialog")) return;
    const isRadio = event.target.matches("input[type=radio]");
    let done = false;
    if (["0", "1", "2", "3"].includes(event.key)) done = choose(event.key);
    else if (event.key === "ArrowLeft" && !isRadio) done = step("before");
    else if (event.key === "ArrowRight" && !isRadio) done = step("after");
    if (done) event.preventDefault();
  });

  /* --- finding people --- */
  doc.addEventListener("input", (event) => {
    const field = event.target instanceof Element && event.target.closest("[data-people-filter]");
    if (!field) return;
    const words = field.value.trim().toLowerCase();
    for (const one of field.closest("[data-people]").querySelectorAll("[data-words]")) {
      one.hidden = Boolean(words) && !one.dataset.words.toLowerCase().includes(words) && !one.querySelector(":checked");
    }
  });

  doc.addEventListener("DOMContentLoaded", settle);
})();

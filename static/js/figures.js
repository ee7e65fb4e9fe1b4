/* Pages of figures that refresh themselves: only while somebody looks, and without closing what was opened. */
(function () {
  "use strict";

  let last = Date.now();

  document.addEventListener("htmx:beforeRequest", (event) => {
    const place = event.target;
    if (!(place instanceof Element) || !place.matches("[data-refresh]") || event.detail.elt !== place) return;
    const busy = place.querySelector("details[data-menu][open]");
    if (document.hidden || busy) event.preventDefault();
  });

  /* What the person has unfolded stays unfolded. */
  let open = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const place = event.detail.target;
    if (!place?.matches?.("[data-refresh]")) return;
    open = Array.from(place.querySelectorAll("details[id][open]"), (details) => details.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.detail.target;
    if (!place?.matches?.("[data-refresh]")) return;
    last = Date.now();
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
  });

  /* On a phone the parts below the chart are folded, and long lists shortened. Without this everything is shown. */
  const SHORT = 8;
  const phone = matchMedia("(max-width: 47.99rem)");
  const folded = new Map();
  function fold(where) {
    const aim = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    for (const details of where.querySelectorAll("details[data-fold]")) {
      if (folded.has(details.id)) details.open = folded.get(details.id);
      else if (phone.matches && !(aim && (details.contains(aim) || aim.contains(details)))) details.open = false;
    }
    if (aim && where === document && phone.matches) aim.scrollIntoView();
  }
  function rowsOf(list) {
    return list.tBodies ? Array.from(list.tBodies).flatMap((body) => Array.from(body.rows)) : Array.from(list.children);
  }
  function shorten(where) {
    const words = document.getElementById("short-words")?.dataset;
    for (const list of where.querySelectorAll("[data-short]")) {
      const count = rowsOf(list).length;
      if (!words || count <= SHORT + 2 || list.dataset.short) continue;
      list.dataset.short = String(count);
      list.classList.add("is-short");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-quiet show-all";
      button.setAttribute("aria-expanded", "false");
      button.textContent = `${words.showAll} (${count})`;
      (list.closest(".table-wrap") || list).after(button);
    }
  }
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest(".show-all");
    if (!button) return;
    const before = button.previousElementSibling;
    const list = before.matches("[data-short]") ? before : before.querySelector("[data-short]");
    const words = document.getElementById("short-words").dataset;
    const isShort = list.classList.toggle("is-short");
    button.setAttribute("aria-expanded", String(!isShort));
    button.textContent = isShort ? `${words.showAll} (${list.dataset.short})` : words.showFewer;
    /* what has come into sight is next; what has gone must not leave the reader far below */
    if (isShort) button.scrollIntoView({ block: "nearest" });
    else rowsOf(list)[SHORT].querySelector("a")?.focus();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    for (const details of event.detail.target?.querySelectorAll?.("details[data-fold]") || []) {
      folded.set(details.id, details.open);
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.detail.target || document;
    fold(place);
    shorten(place);
  });
  addEventListener("hashchange", () => {
    const aim = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = aim?.closest("details[data-fold]") || aim?.querySelector("details[data-fold]");
    if (details && !details.open) {
      details.open = true;
      aim.scrollIntoView();
    }
  });
  fold(document);
  shorten(document);

  /* Back in sight after a while: at once, not at the next half minute. */
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - last < 30000) return;
    for (const place of document.querySelectorAll("[data-refresh]")) {
      place.dispatchEvent(new CustomEvent("amps:refresh"));
    }
  });

  /* A refresh that did not come through is told quietly, in its own place, instead of as something not stored. */
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt?.matches?.("[data-refresh]")) event.detail.elt.classList.add("stale");
  });
})();

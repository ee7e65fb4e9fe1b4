/* Taps on shift. Every tap gets its id and time here and is kept on the device until the plant has it: a lost
   connection or an ended session loses nothing, and sending it again stores nothing twice.
   Forms with data-tap are taps; #taps (inc/taps.html) says who is signed in and holds the words. */
(function () {
  "use strict";

  const TRY_AGAIN = 20000;
  const panel = () => document.getElementById("taps");
  const words = (key) => panel()?.dataset[key] || "";
  const counted = (key, n) => words(n === 1 ? `${key}One` : `${key}Many`).replace("#", String(n));
  const isTap = (element) => element instanceof HTMLFormElement && element.dataset.tap !== undefined;
  const taps = window.amps;
  /* how far this device's clock is from the plant's; small differences are left alone */
  let skew = 0;
  let signedOut = false;
  let sending = false;
  let full = false;
  let memory = [];

  /* --- what waits on the device, per person --- */
  const place = (user) => `amps.taps.${user}`;
  const me = () => words("user");
  function kept() {
    if (!me()) return [];
    try {
      return full ? memory : JSON.parse(localStorage.getItem(place(me())) || "[]");
    } catch {
      return memory;
    }
  }
  function keep(list) {
    memory = list;
    try {
      if (list.length) localStorage.setItem(place(me()), JSON.stringify(list));
      else localStorage.removeItem(place(me()));
      full = false;
    } catch {
      full = true;
    }
  }
  const change = (id, changes) => keep(kept().map((tap) => (tap.id === id ? { ...tap, ...changes } : tap)));
  const forget = (id) => keep(kept().filter((tap) => tap.id !== id));
  function othersWait() {
    try {
      return Object.keys(localStorage).some((key) => key.startsWith("amps.taps.") && key !== place(me()));
    } catch {
      return false;
    }
  }

  const observedAt = () => new Date(Date.now() + skew).toISOString();

  /* --- telling --- */
  function line(text, more) {
    const row = document.createElement("p");
    row.textContent = text;
    if (more) row.append(" ", more);
    return row;
  }
  function button(text, action) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-secondary";
    made.textContent = text;
    made.addEventListener("click", action);
    return made;
  }
  function show() {
    const where = panel();
    if (!where) return;
    const list = kept();
    const waiting = list.filter((tap) => tap.state === "waiting");
    const refused = list.filter((tap) => tap.state === "refused");
    const rows = [];
    if (waiting.length && sending) rows.push(line(words("sending")));
    else if (waiting.length && signedOut) {
      const link = document.createElement("a");
      link.className = "btn";
      link.href = `${words("login")}?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = words("signIn");
      rows.push(line(words("signedOut"), link));
    } else if (waiting.length) rows.push(line(counted("waiting", waiting.length), button(words("try"), send)));
    for (const tap of refused) {
      const row = line(`${words("refused")}: ${tap.label}. ${tap.message || ""}`, button(words("seen"), () => { forget(tap.id); show(); }));
      row.className = "taps-refused";
      rows.push(row);
    }
    if (full) rows.push(line(words("full")));
    if (othersWait()) rows.push(line(words("others")));
    where.replaceChildren(...rows);
    where.hidden = !rows.length;
    lock();
  }
  /* the card's own line: ◔ on its way or waiting, as soon as it is tapped */
  function mark(form, state) {
    const status = document.getElementById("tap-status");
    if (!status) return;
    status.className = "stored stored-wait";
    status.textContent = `◔ ${words(state)}`;
    const dot = document.querySelector('.dot[aria-current="true"] .ring');
    if (dot && form && !form.dataset.tap.startsWith("undo/")) dot.classList.add("ring-half");
  }
  /* a card whose tap waits is not asked again */
  function lock() {
    const walk = document.getElementById("walk");
    if (!walk) return;
    const card = `${walk.dataset.cell}/${walk.dataset.point}`;
    const tap = kept().find((one) => one.state === "waiting" && one.round === walk.dataset.round && one.card === card);
    for (const form of walk.querySelectorAll("form[data-tap]")) {
      if (form.dataset.tap !== card) continue;
      for (const field of form.elements) field.disabled = Boolean(tap);
    }
    for (const field of walk.querySelectorAll("[data-sheet]")) field.disabled = Boolean(tap);
    if (tap) mark(walk.querySelector(`form[data-tap="${card}"]`), "waits");
  }

  /* --- a tap on its way --- */
  function started(event) {
    const form = event.detail.elt;
    if (!isTap(form)) return;
    const id = taps.uuid7();
    const parameters = event.detail.parameters;
    const pressed = event.detail.triggeringEvent?.submitter;
    /* htmx overlooks a button that stands outside its form */
    if (pressed?.name) parameters[pressed.name] = pressed.value;
    parameters.id = id;
    parameters.observed_at = observedAt();
    const fields = Object.fromEntries(
      Object.keys(parameters)
        .filter((name) => name !== "csrfmiddlewaretoken" && typeof parameters[name] === "string")
        .map((name) => [name, parameters[name]]),
    );
    const walk = document.getElementById("walk");
    const question = document.getElementById("question")?.textContent.trim() || "";
    const said = fields.value || pressed?.textContent.trim() || "";
    const where = document.querySelector(".place")?.textContent.trim().replace(/\s+/g, " ") || "";
    event.detail.headers["X-Tap-Id"] = id;
    keep([
      ...kept(),
      {
        id, fields, url: form.getAttribute("action"), card: form.dataset.tap, round: walk?.dataset.round || "",
        label: [where, question, said].filter(Boolean).join(" – "), state: "sending", at: Date.now(),
      },
    ]);
    pressed?.setAttribute("aria-pressed", "true");
    mark(form, "storing");
  }
  taps.beforeRequest.push(started);

  const idOf = (event) => event.detail.requestConfig?.headers?.["X-Tap-Id"];
  function waits(id) {
    change(id, { state: "waiting" });
    show();
    setTimeout(send, TRY_AGAIN);
  }
  function refuse(id, message) {
    change(id, { state: "refused", message });
    show();
  }
  /* Before the page's own listeners: a tap that is kept is not told as lost. */
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    addEventListener(name, (event) => {
      const id = idOf(event);
      if (!id) return;
      event.stopPropagation();
      waits(id);
    }, true);
  }
  addEventListener("htmx:responseError", (event) => {
    const id = idOf(event);
    if (!id) return;
    event.stopPropagation();
    const status = event.detail.xhr.status;
    /* refused for good only where the answer can't change; a token that is too old is made anew and tried again */
    if (status >= 500 || [401, 403, 408, 429].includes(status)) {
      signedOut = status === 401;
      waits(id);
      if (status === 403) send();
    } else if (status === 409) {
      const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
      refuse(id, page.querySelector("[role=alert]")?.textContent.trim().replace(/\s+/g, " ") || "");
    } else refuse(id, "");
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    const id = idOf(event);
    if (!id || !event.detail.successful) return;
    const answer = event.detail.xhr.getResponseHeader("X-Tap");
    if (answer) {
      forget(id);
      signedOut = false;
      show();
    } else {
      /* the login page answered: the session has ended */
      signedOut = true;
      waits(id);
    }
  });

  /* --- sending what waited --- */
  async function freshToken() {
    const answer = await fetch(words("token"), { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("application/json")) return null;
    const data = await answer.json();
    return data.user === me() ? data.token : null;
  }
  async function sendOne(tap, token) {
    const body = new URLSearchParams(tap.fields);
    const answer = await fetch(tap.url, {
      method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token },
    });
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    if (answer.ok && isJson) {
      forget(tap.id);
      return true;
    }
    if (answer.ok || answer.status >= 500 || [401, 408, 429].includes(answer.status)) return false;
    const told = isJson ? (await answer.json()).message : document.body.dataset[{ 403: "refused", 404: "gone" }[answer.status] || "broken"];
    change(tap.id, { state: "refused", message: told });
    return true;
  }
  async function send() {
    if (sending || !me()) return;
    const list = kept().filter((tap) => tap.state === "waiting");
    if (!list.length) return show();
    sending = true;
    show();
    let stored = 0;
    try {
      const token = await freshToken();
      signedOut = token === null;
      for (const tap of token === null ? [] : list) {
        if (!(await sendOne(tap, token))) break;
        if (!kept().some((one) => one.id === tap.id)) stored += 1;
      }
    } catch {
      /* still no contact: they go on waiting */
    }
    sending = false;
    show();
    if (stored) {
      taps.tell(counted("sent", stored));
      const target = words("refresh");
      if (target && window.htmx) htmx.ajax("GET", location.pathname, { target, swap: "outerHTML" });
    }
    if (kept().some((tap) => tap.state === "waiting") && !signedOut) setTimeout(send, TRY_AGAIN);
  }
  addEventListener("online", send);
  addEventListener("pageshow", (event) => {
    if (event.persisted) show();
  });

  /* --- numbers: pad, stepper, strip, verdict --- */
  /* as amps/numbers.py reads them; data-thousands stands where the language puts commas between thousands */
  const typed = (text) => text.replace(/\s/g, "").replace(/[−–]/g, "-");
  const plain = (text) => Number(typed(text).replace(",", "."));
  const unclear = (form) => form.dataset.thousands !== undefined
    && /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(typed(form.elements.value.value));
  function verdict(form) {
    const field = form.elements.value;
    const text = field.value.trim();
    const asked = unclear(form) ? form.dataset.thousands : "";
    const number = text === "" || asked ? NaN : plain(text);
    const known = Number.isFinite(number);
    const { min, max } = form.dataset;
    const limited = min !== undefined || max !== undefined;
    const outside = known && ((min !== undefined && number < Number(min)) || (max !== undefined && number > Number(max)));
    form.classList.toggle("is-outside", outside);
    form.classList.toggle("is-inside", known && limited && !outside);
    /* not sent before it is clear: on the device nobody would be there to ask when it is refused later */
    field.setCustomValidity(asked);
    const told = form.querySelector(".verdict");
    if (told) {
      told.dataset.limits ??= told.textContent;
      told.textContent = asked || told.dataset.limits;
    }
    const store = form.querySelector(".store-value");
    const unit = form.querySelector(".measure .unit")?.textContent.trim() || "";
    if (store) store.textContent = known ? [text, unit, outside ? `– ${words("outside")}` : ""].filter(Boolean).join(" ") : "";
    const strip = form.querySelector("[data-strip]");
    const svg = strip?.querySelector("svg");
    if (!svg) return;
    let dot = svg.querySelector(".band-mark");
    if (!known) return dot?.remove();
    if (!dot) {
      dot = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [name, value] of [["class", "band-mark"], ["width", "4"], ["height", "24"], ["rx", "1"]]) dot.setAttribute(name, value);
      svg.append(dot);
    }
    const from = Number(strip.dataset.from);
    const share = ((number - from) / (Number(strip.dataset.to) - from)) * 100;
    dot.setAttribute("x", `${Math.min(99, Math.max(0, share))}%`);
  }
  function digit(form, key) {
    const field = form.elements.value;
    let text = field.value;
    if (key === "back") text = text.slice(0, -1);
    else if (key === "±") text = /^[-−]/.test(text) ? text.slice(1) : `−${text}`;
    else if (key === "," || key === ".") text = /[.,]/.test(text) ? text : `${text === "" || text === "−" ? `${text}0` : text}${key}`;
    else if (text.length < 14) text += key;
    field.value = text;
    verdict(form);
  }
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const key = target?.closest("[data-digit]");
    if (key) return digit(key.form, key.dataset.digit);
    const step = target?.closest("[data-step]");
    if (step) {
      const field = step.form.elements.value;
      if (unclear(step.form)) return field.reportValidity();
      const now = plain(field.value);
      field.value = String(Math.max(0, (Number.isFinite(now) ? Math.trunc(now) : 0) + Number(step.dataset.step)));
      return verdict(step.form);
    }
    const opener = target?.closest("[data-sheet]");
    if (opener) {
      const sheet = document.getElementById(opener.dataset.sheet);
      const closed = sheet.classList.toggle("sheet-closed");
      opener.setAttribute("aria-expanded", String(!closed));
      opener.setAttribute("aria-pressed", String(!closed));
      if (!closed) sheet.scrollIntoView({ block: "nearest" });
    }
  });
  document.addEventListener("input", (event) => {
    const form = event.target instanceof HTMLInputElement ? event.target.form : null;
    if (form?.dataset.number !== undefined && event.target.name === "value") verdict(form);
  });

  /* --- start --- */
  function ready() {
    for (const form of document.querySelectorAll("form[data-number]")) verdict(form);
    /* forms that htmx does not send (events, corrections) get their id and time here, too */
    for (const field of document.querySelectorAll("input[data-own-id]")) field.value = taps.uuid7();
    lock();
  }
  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector?.("input[data-own-time]");
    if (field) field.value = observedAt();
  }, true);
  document.addEventListener("htmx:afterSwap", ready);
  document.addEventListener("DOMContentLoaded", () => {
    if (panel()?.dataset.now) {
      const off = Date.parse(panel().dataset.now) - Date.now();
      skew = Math.abs(off) > 120000 ? off : 0;
    }
    /* a page that was closed while a tap was on its way: nobody knows whether it arrived, so it is sent again */
    if (me()) keep(kept().map((tap) => (tap.state === "sending" ? { ...tap, state: "waiting" } : tap)));
    ready();
    show();
    send();
  });
})();

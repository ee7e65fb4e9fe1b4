/* What every page does in the browser: look, menus, dialogs, sorting, and telling when something was not stored.
   Everything works without this file; it only makes it quicker. */
(function () {
  "use strict";

  const root = document.documentElement;
  root.classList.add("js");
  const text = (key) => (document.body ? document.body.dataset[key] || "" : "");

  /* --- telling --- */
  function tell(message, kind) {
    const live = document.getElementById("live");
    if (!live || !message) return null;
    for (const old of live.querySelectorAll(".toast")) if (old.dataset.text === message) old.remove();
    const toast = document.createElement("div");
    toast.className = kind === "error" ? "toast toast-error" : "toast";
    toast.dataset.text = message;
    const words = document.createElement("span");
    words.textContent = message;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", root.lang.startsWith("nb") ? "Lukk" : "Close");
    close.addEventListener("click", () => toast.remove());
    toast.append(words, close);
    live.append(toast);
    if (kind !== "error") setTimeout(() => toast.remove(), 5000);
    return toast;
  }

  /* --- ids made here (UUID version 7): time first, then chance. Works over plain HTTP, unlike randomUUID. --- */
  function uuid7() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let time = Date.now();
    for (let i = 5; i >= 0; i--) {
      bytes[i] = time % 256;
      time = Math.floor(time / 256);
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* A page's own script adds a function here: it is called with htmx's configRequest event before each request. */
  const beforeRequest = [];
  window.amps = { tell, uuid7, beforeRequest };

  /* --- look --- */
  function setTheme(theme) {
    root.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `amps_theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    for (const button of document.querySelectorAll("[data-set-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
    }
    document.dispatchEvent(new CustomEvent("amps:theme"));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("amps:theme"));
  });

  /* --- menus --- */
  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== except) menu.open = false;
  }

  async function copy(button) {
    const address = new URL(button.dataset.copy || location.href, location.href).href;
    try {
      await navigator.clipboard.writeText(address);
    } catch {
      /* no clipboard over plain HTTP: the old way */
      const field = document.createElement("textarea");
      field.value = address;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    tell(text("copied"));
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    closeMenus(target.closest("details[data-menu]"));
    const theme = target.closest("[data-set-theme]");
    if (theme) setTheme(theme.dataset.setTheme);
    const opener = target.closest("[data-open-dialog]");
    if (opener) {
      const dialog = document.querySelector(opener.dataset.openDialog);
      if (dialog) {
        event.preventDefault();
        dialog.showModal();
      }
    }
    if (target.closest("[data-close-dialog]")) target.closest("dialog")?.close();
    if (target instanceof HTMLDialogElement) target.close();
    const copier = target.closest("[data-copy]");
    if (copier) {
      event.preventDefault();
      copy(copier);
    }
    if (target.closest("[data-print]")) {
      event.preventDefault();
      print();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = document.querySelector("details[data-menu][open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
    }
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const field = document.querySelector('[data-key="/"]');
      if (field && field.offsetParent) {
        event.preventDefault();
        field.focus();
      }
    }
  });

  /* --- filters choose by themselves --- */
  document.addEventListener("change", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });

  /* --- a table with data-sortable sorts where it stands; data-value gives what to sort by --- */
  function cellValue(row, index) {
    const cell = row.cells[index];
    const raw = cell ? (cell.dataset.value ?? cell.textContent.trim()) : "";
    const number = Number(raw);
    return raw !== "" && Number.isFinite(number) ? number : raw;
  }
  function compare(a, b) {
    if (a === b) return 0;
    if (a === "") return 1;
    if (b === "") return -1;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), root.lang || "nb", { numeric: true });
  }
  function makeSortable(table) {
    if (table.dataset.ready) return;
    table.dataset.ready = "1";
    const heads = Array.from(table.tHead?.rows[0]?.cells || []);
    heads.forEach((head, index) => {
      if (head.dataset.sort === undefined) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        for (const body of table.tBodies) {
          const rows = Array.from(body.rows).filter((row) => !row.classList.contains("group"));
          rows.sort((x, y) => compare(cellValue(x, index), cellValue(y, index)) * (down ? -1 : 1));
          body.append(...rows);
        }
      });
    });
  }

  /* --- htmx --- */
  function ready(where) {
    for (const dialog of where.querySelectorAll("dialog[data-open-now]")) {
      if (!dialog.open) dialog.showModal();
    }
    for (const table of where.querySelectorAll("table[data-sortable]")) makeSortable(table);
  }
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:afterSwap", (event) => ready(event.detail.target || document));
  document.addEventListener("htmx:configRequest", (event) => {
    for (const prepare of beforeRequest) prepare(event);
  });
  document.addEventListener("htmx:sendError", () => tell(text("lost"), "error"));
  document.addEventListener("htmx:timeout", () => tell(text("lost"), "error"));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401 && /amps:sign-in/.test(event.detail.xhr.getResponseHeader("HX-Trigger") || "")) return;
    const words = { 401: "signedOut", 403: "refused", 404: "gone", 410: "gone", 429: "busy" }[status] || "broken";
    tell(text(words), "error");
  });
  /* The session ended: the page stays as it is, and the way to sign in stands beside the message. */
  document.addEventListener("amps:sign-in", (event) => {
    const toast = tell(text("signedOut"), "error");
    if (!toast) return;
    const link = document.createElement("a");
    link.href = event.detail.url;
    link.textContent = text("signIn");
    toast.firstElementChild.append(" ", link);
    document.dispatchEvent(new CustomEvent("amps:signed-out", { detail: event.detail }));
  });
  /* A session that ended answers with the login page: say so instead of putting it into the page. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const xhr = event.detail.xhr;
    if (xhr && xhr.responseURL && /\/accounts\/login\//.test(new URL(xhr.responseURL, location.href).pathname)) {
      event.detail.shouldSwap = false;
      tell(text("signedOut"), "error");
      document.dispatchEvent(new CustomEvent("amps:signed-out", { detail: event.detail }));
    }
  });
  addEventListener("offline", () => {
    root.classList.add("net-lost");
    tell(text("offline"), "error");
  });
  addEventListener("online", () => {
    root.classList.remove("net-lost");
    document.querySelectorAll("#live .toast-error").forEach((toast) => toast.remove());
    tell(text("online"));
  });
})();

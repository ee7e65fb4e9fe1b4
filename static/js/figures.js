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

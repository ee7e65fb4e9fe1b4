/* Draws every [data-chart]: its value is the id of a json_script with {data, layout}. Figures name colours as tokens,
   "var(--accent)", which are looked up here, so that charts follow the look. Draws afresh after htmx swaps. */
(function () {
  "use strict";

  const config = {
    showSendToCloud: false,
    displaylogo: false,
    responsive: true,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  };

  const norwegian = {
    moduleType: "locale",
    name: "nb",
    dictionary: {
      Autoscale: "Tilpass aksene",
      "Box Select": "Velg område",
      "Double-click to zoom back out": "Dobbeltklikk for å zoome ut igjen",
      "Download plot": "Last ned som bilde",
      "Download plot as a PNG": "Last ned som bilde (PNG)",
      "Lasso Select": "Velg fritt",
      Pan: "Flytt",
      "Reset axes": "Vis alt",
      Zoom: "Zoom",
      "Zoom in": "Zoom inn",
      "Zoom out": "Zoom ut",
      "Toggle Spike Lines": "Hjelpelinjer",
    },
    format: {
      days: ["søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"],
      shortDays: ["søn", "man", "tir", "ons", "tor", "fre", "lør"],
      months: ["januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"],
      shortMonths: ["jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des"],
      date: "%d.%m.%Y",
      decimal: ",",
      thousands: "\u00a0",
      year: "%Y",
      month: "%b %Y",
      dayMonth: "%-d. %b",
      dayMonthYear: "%-d. %b %Y",
    },
  };

  function isNorwegian() {
    return document.documentElement.lang.startsWith("nb");
  }

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /* Every "var(--name)" in the figure becomes the colour of the look in use. */
  function resolve(value) {
    if (typeof value === "string") {
      const found = /^var\((--[\w-]+)\)$/.exec(value);
      return found ? token(found[1]) : value;
    }
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
    }
    return value;
  }

  function axis(given) {
    return {
      gridcolor: token("--line"),
      linecolor: token("--line-strong"),
      zerolinecolor: token("--line-strong"),
      tickcolor: token("--line-strong"),
      tickfont: { color: token("--ink-2"), size: 13 },
      automargin: true,
      fixedrange: false,
      ...given,
      title: { standoff: 12, font: { color: token("--ink-2"), size: 13 }, ...(given?.title || {}) },
    };
  }

  function layoutOf(figure) {
    const given = resolve(figure.layout || {});
    const layout = {
      autosize: true,
      margin: { l: 48, r: 16, t: 16, b: 40, pad: 4 },
      hovermode: "x unified",
      showlegend: false,
      dragmode: "pan",
      colorway: [1, 2, 3, 4, 5, 6].map((n) => token(`--series-${n}`)),
      separators: isNorwegian() ? ",\u00a0" : ".,",
      paper_bgcolor: token("--clear"),
      plot_bgcolor: token("--clear"),
      ...given,
      font: { family: token("--font"), size: 14, color: token("--ink"), ...(given.font || {}) },
      hoverlabel: {
        bgcolor: token("--surface"),
        bordercolor: token("--line-strong"),
        font: { family: token("--font"), color: token("--ink"), size: 14 },
        ...(given.hoverlabel || {}),
      },
      modebar: { bgcolor: token("--clear"), color: token("--ink-3"), activecolor: token("--accent"), ...(given.modebar || {}) },
    };
    for (const key of new Set(["xaxis", "yaxis", ...Object.keys(given).filter((k) => /^[xy]axis\d*$/.test(k))])) {
      layout[key] = axis(given[key]);
    }
    return layout;
  }

  function draw(place) {
    const source = document.getElementById(place.dataset.chart);
    if (!source || !window.Plotly) return;
    const figure = JSON.parse(source.textContent);
    if (place.dataset.height) figure.layout = { ...figure.layout, height: Number(place.dataset.height) };
    window.Plotly.react(place, resolve(figure.data || []), layoutOf(figure), {
      ...config,
      locale: isNorwegian() ? "nb" : "en-US",
    });
    /* A point with an address of its own (customdata: "/…" or {url}) opens it. */
    if (!place.dataset.listens) {
      place.dataset.listens = "1";
      place.on("plotly_click", (event) => {
        const data = event.points?.[0]?.customdata;
        const url = typeof data === "string" ? data : data?.url;
        if (url && url.startsWith("/") && !url.startsWith("//")) location.assign(url);
      });
    }
  }

  function drawAll(where) {
    if (where.matches?.("[data-chart]")) draw(where);
    for (const place of where.querySelectorAll("[data-chart]")) draw(place);
  }

  if (window.Plotly) window.Plotly.register(norwegian);
  document.addEventListener("DOMContentLoaded", () => document.fonts.ready.then(() => drawAll(document)));
  document.addEventListener("amps:theme", () => drawAll(document));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.shouldSwap) return;
    for (const place of event.detail.target?.querySelectorAll?.("[data-chart]") || []) window.Plotly?.purge(place);
  });
  document.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.target || document));
  window.amps = Object.assign(window.amps || {}, { drawCharts: drawAll });
})();

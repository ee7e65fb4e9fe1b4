// Draws the lines of the process tree between the cards of neighbouring columns. The page says the same in words.
(() => {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const chain = document.getElementById("chain");
  const source = document.getElementById("chain-links");
  if (!chain || !source) return;
  const links = JSON.parse(source.textContent);
  const cards = new Map([...chain.querySelectorAll("[data-key]")].map((card) => [card.dataset.key, card]));
  const columns = [...chain.querySelectorAll(".chain-column")];
  const columnOf = (card) => columns.indexOf(card.closest(".chain-column"));
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("class", "chain-lines");
  svg.setAttribute("aria-hidden", "true");
  chain.prepend(svg);

  const draw = () => {
    svg.replaceChildren();
    const ground = chain.getBoundingClientRect();
    svg.setAttribute("width", chain.scrollWidth);
    svg.setAttribute("height", chain.scrollHeight);
    for (const link of links) {
      const upper = cards.get(link.upper);
      const lower = cards.get(link.lower);
      if (!upper || !lower) continue;
      const [left, right] = columnOf(upper) <= columnOf(lower) ? [upper, lower] : [lower, upper];
      // Lines over several columns would cross the cards between; the cards name those links.
      if (columnOf(right) - columnOf(left) !== 1) continue;
      const a = left.getBoundingClientRect();
      const b = right.getBoundingClientRect();
      const [x1, y1] = [a.right - ground.left, a.top + Math.min(22, a.height / 2) - ground.top];
      const [x2, y2] = [b.left - ground.left, b.top + Math.min(22, b.height / 2) - ground.top];
      const bend = (x2 - x1) / 2;
      const path = document.createElementNS(NS, "path");
      path.setAttribute("class", `chain-line line-${link.kind}`);
      path.setAttribute("d", `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
      path.dataset.upper = link.upper;
      path.dataset.lower = link.lower;
      svg.append(path);
    }
  };

  const light = (key) => {
    for (const path of svg.children) {
      path.classList.toggle("line-lit", key !== null && (path.dataset.upper === key || path.dataset.lower === key));
    }
  };
  for (const [key, card] of cards) {
    card.addEventListener("pointerenter", () => light(key));
    card.addEventListener("focusin", () => light(key));
    card.addEventListener("pointerleave", () => light(null));
    card.addEventListener("focusout", () => light(null));
  }
  new ResizeObserver(draw).observe(chain);
  draw();
})();

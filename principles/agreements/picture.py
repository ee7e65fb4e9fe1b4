"""The picture of who supplies whom: from links to positions, as whole numbers for an SVG. Pure functions.

Deliveries run from left to right in columns; management stands above and maintenance and support below (F047). Where
deliveries go round in a circle, the less critical link runs back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT = 172, 56
COLUMN_GAP, ROW_GAP, BAND_GAP, MARGIN = 112, 36, 72, 24
_LINE_LENGTH, _MOST_LINES = 21, 2
_HEAD = 10
_FAR = 1000  # more than a column has rows
_RANK = {"critical": 0, "important": 1, "ordinary": 2, "": 3}


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship as the picture takes it; parties are keys such as "u7" or "x2"."""

    key: int
    supplier: str
    customer: str
    kind: str
    criticality: str
    state: str


@dataclass(frozen=True, slots=True)
class Box:
    """One party: its upper left corner, its name in lines with the baseline of each."""

    key: str
    x: int
    y: int
    lines: tuple[tuple[int, str], ...]
    name: str
    is_external: bool
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def middle(self) -> int:
        """Where its text is centred."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """One link: its path, the points of its arrowhead, and the middle, where its mark stands."""

    link: Link
    path: str
    head: str
    x: int
    y: int

    @property
    def mark(self) -> str:
        """The points of the mark's triangle; circle and square follow from x and y."""
        return f"{self.x},{self.y - 8} {self.x + 8},{self.y + 6} {self.x - 8},{self.y + 6}"


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything with its place; `width` and `height` in the same units."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    links: tuple[Drawn, ...]

    @property
    def is_wide(self) -> bool:
        """Whether it would become too small to read when it is fitted to a screen."""
        return self.width > 1700


def draw(links: Sequence[Link], names: Mapping[str, tuple[str, bool]]) -> Picture:
    """The picture of some links; `names` gives each party's name and whether it is external. Empty for no links."""
    if not links:
        return Picture(0, 0, (), ())
    places = _places(links)
    width = max(x for x, _ in places.values()) + BOX_WIDTH + MARGIN
    height = max(y for _, y in places.values()) + BOX_HEIGHT + MARGIN
    boxes = {key: _box(key, x, y, *names[key]) for key, (x, y) in places.items()}
    return Picture(width, height, tuple(boxes.values()), tuple(_drawn(links, boxes)))


def bands(links: Iterable[Link]) -> tuple[list[str], list[str], list[str]]:
    """The parties above (management), in the middle and below (maintenance, support), each by first appearance."""
    known = list(links)
    delivering = {key for link in known if link.kind == "delivery" for key in (link.supplier, link.customer)}
    above = _once(link.supplier for link in known if link.kind == "management" and link.supplier not in delivering)
    helping = (link.supplier for link in known if link.kind in ("maintenance", "support"))
    below = [key for key in _once(helping) if key not in delivering and key not in above]
    everyone = _once(key for link in known for key in (link.supplier, link.customer))
    return above, [key for key in everyone if key not in above and key not in below], below


def layers(links: Iterable[Link], keys: Iterable[str]) -> dict[str, int]:
    """The column of each party: further right than everybody who supplies it, circles broken at the least critical."""
    columns = dict.fromkeys(keys, 0)
    after: defaultdict[str, set[str]] = defaultdict(set)
    deliveries = [link for link in links if link.supplier in columns and link.customer in columns]
    for link in sorted(deliveries, key=lambda one: (one.kind != "delivery", _RANK.get(one.criticality, 3), one.key)):
        if not _leads(after, link.customer, link.supplier):
            after[link.supplier].add(link.customer)
    for _ in columns:  # as many rounds as the longest way can have steps
        moved = False
        for supplier, customers in after.items():
            for customer in customers:
                if columns[customer] <= columns[supplier]:
                    columns[customer] = columns[supplier] + 1
                    moved = True
        if not moved:
            break
    return columns


def wrapped(name: str) -> tuple[str, ...]:
    """A name in at most two lines; what does not fit ends in an ellipsis."""
    lines = [""]
    for word in name.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= _LINE_LENGTH or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    kept = [line if len(line) <= _LINE_LENGTH else f"{line[: _LINE_LENGTH - 1]}…" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        kept[-1] = f"{kept[-1].rstrip('…')[: _LINE_LENGTH - 1]}…"
    return tuple(kept)


def _places(links: Sequence[Link]) -> dict[str, tuple[int, int]]:
    above, middle, below = bands(links)
    delivering = {key for link in links if link.kind == "delivery" for key in _ends(link)}
    columns = _ordered_columns(links, layers(links, [key for key in middle if key in delivering]))
    # Who is only helped or led stands in a column of its own, so that the lines from above and below are free.
    columns = [column for column in ([key for key in middle if key not in delivering], *columns) if column]
    wide = max(len(columns), 1) * (BOX_WIDTH + COLUMN_GAP) - COLUMN_GAP
    per_row = max(1, (wide + COLUMN_GAP // 2) // (BOX_WIDTH + COLUMN_GAP // 2))
    tallest = max((len(column) for column in columns), default=0)
    places: dict[str, tuple[int, int]] = {}
    column_x = {
        key: MARGIN + number * (BOX_WIDTH + COLUMN_GAP) for number, column in enumerate(columns) for key in column
    }
    top = _band(links, above, per_row, wide, MARGIN, column_x, places, BAND_GAP)
    for column in columns:
        spare = (tallest - len(column)) * (BOX_HEIGHT + ROW_GAP) // 2
        for row, key in enumerate(column):
            places[key] = (column_x[key], top + spare + row * (BOX_HEIGHT + ROW_GAP))
    if tallest:
        top += tallest * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + BAND_GAP
    _band(links, below, per_row, wide, top, column_x, places, 0)
    return places


def _band(
    links: Sequence[Link],
    keys: Sequence[str],
    per_row: int,
    wide: int,
    top: int,
    column_x: Mapping[str, int],
    places: dict[str, tuple[int, int]],
    gap: int,
) -> int:
    """Place a band's boxes in rows, each near those it serves; the next free height."""
    step = BOX_WIDTH + COLUMN_GAP // 2
    wanted = {key: _mean_x(links, key, column_x) for key in keys}
    ordered = sorted(keys, key=lambda key: (wanted[key], key))
    for start in range(0, len(ordered), per_row):
        row = ordered[start : start + per_row]
        last = MARGIN + wide - BOX_WIDTH
        xs: list[int] = []
        for key in row:
            xs.append(max(wanted[key], xs[-1] + step if xs else MARGIN))
        for number in reversed(range(len(xs))):  # what stands too far right moves the others back
            xs[number] = min(xs[number], last)
            last = xs[number] - step
        for key, x in zip(row, xs, strict=True):
            places[key] = (max(x, MARGIN), top)
        top += BOX_HEIGHT + (ROW_GAP if start + per_row < len(ordered) else gap)
    return top


def _mean_x(links: Sequence[Link], key: str, column_x: Mapping[str, int]) -> int:
    """The middle of those a party is tied to in the columns."""
    ends = [link.customer if link.supplier == key else link.supplier for link in links if key in _ends(link)]
    known = [column_x[end] for end in ends if end in column_x]
    return round(sum(known) / len(known)) if known else MARGIN


def _ends(link: Link) -> tuple[str, str]:
    return link.supplier, link.customer


def _ordered_columns(links: Sequence[Link], layer: Mapping[str, int]) -> list[list[str]]:
    """The parties of each column, near those that they are supplied by, led by or helped by."""
    above, _, below = bands(links)
    pull = {key: -_FAR for link in links if set(_ends(link)) & set(above) for key in _ends(link)}
    pull |= {key: _FAR for link in links if set(_ends(link)) & set(below) for key in _ends(link)}
    columns: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for key, number in layer.items():
        columns[number].append(key)
    rank: dict[str, float] = {}
    for column in columns:
        place = {key: number for number, key in enumerate(column)}

        def weight(key: str, place: Mapping[str, int] = place) -> float:
            before = [rank[link.supplier] for link in links if link.customer == key and link.supplier in rank]
            return pull.get(key, 0) + (sum(before) / len(before) if before else float(place[key]))

        column.sort(key=lambda key: (weight(key), key))
        rank.update({key: float(number) for number, key in enumerate(column)})
    return columns


def _leads(after: Mapping[str, set[str]], start: str, goal: str) -> bool:
    """Whether one way or another leads from a party to another one."""
    seen, waiting = set(), [start]
    while waiting:
        at = waiting.pop()
        if at == goal:
            return True
        if at not in seen:
            seen.add(at)
            waiting.extend(after.get(at, ()))
    return False


def _box(key: str, x: int, y: int, name: str, is_external: bool) -> Box:
    lines = wrapped(name)
    first = y + BOX_HEIGHT // 2 + 5 - (len(lines) - 1) * 9
    return Box(key, x, y, tuple((first + 18 * number, line) for number, line in enumerate(lines)), name, is_external)


def _drawn(links: Sequence[Link], boxes: Mapping[str, Box]) -> list[Drawn]:
    above, _, below = bands(links)
    outside = {*above, *below}
    sides = {
        link.key: _sides(
            boxes[link.supplier],
            boxes[link.customer],
            upright=bool(outside & set(_ends(link))) and boxes[link.supplier].y != boxes[link.customer].y,
        )
        for link in links
    }
    ports = _ports(links, boxes, sides)
    known = list(boxes.values())
    return [_curve(link, *sides[link.key], ports[link.key, True], ports[link.key, False], known) for link in links]


def _sides(supplier: Box, customer: Box, *, upright: bool) -> tuple[str, str]:
    """From which side of the supplier's box a link leaves, and at which of the customer's it arrives.

    `upright`: one of them stands in a band above or below, so that the link runs up or down.
    """
    if not upright and supplier.x + supplier.width < customer.x:
        return "right", "left"
    if not upright and customer.x + customer.width < supplier.x:
        return "left", "right"
    return ("bottom", "top") if supplier.y < customer.y else ("top", "bottom")


def _ports(
    links: Sequence[Link], boxes: Mapping[str, Box], sides: Mapping[int, tuple[str, str]]
) -> dict[tuple[int, bool], tuple[int, int]]:
    """Where each end of each link touches its box, spread over the side by where the other end lies."""
    ends: defaultdict[tuple[str, str], list[tuple[int, int, bool]]] = defaultdict(list)
    for link in links:
        out, into = sides[link.key]
        for key, side, other, is_start in (
            (link.supplier, out, boxes[link.customer], True),
            (link.customer, into, boxes[link.supplier], False),
        ):
            far = other.y if side in ("left", "right") else other.x
            ends[key, side].append((far, link.key, is_start))
    found: dict[tuple[int, bool], tuple[int, int]] = {}
    for (key, side), touching in ends.items():
        box = boxes[key]
        for number, (_, link_key, is_start) in enumerate(sorted(touching), start=1):
            share = number / (len(touching) + 1)
            along_y, along_x = box.y + round(box.height * share), box.x + round(box.width * share)
            found[link_key, is_start] = {
                "left": (box.x, along_y),
                "right": (box.x + box.width, along_y),
                "top": (along_x, box.y),
                "bottom": (along_x, box.y + box.height),
            }[side]
    return found


_WAY = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}


def _curve(
    link: Link, out: str, into: str, start: tuple[int, int], port: tuple[int, int], boxes: Sequence[Box]
) -> Drawn:
    (ox, oy), (ix, iy) = _WAY[out], _WAY[into]
    end = (port[0] + ix * _HEAD, port[1] + iy * _HEAD)  # the line ends where its head begins
    reach = max(36, (abs(end[0] - start[0]) if ox else abs(end[1] - start[1])) // 2)
    one = (start[0] + ox * reach, start[1] + oy * reach)
    two = (end[0] + ix * reach, end[1] + iy * reach)
    path = f"M{start[0]} {start[1]}C{one[0]} {one[1]} {two[0]} {two[1]} {end[0]} {end[1]}"
    across = (6 * iy, 6 * ix)
    head = f"{port[0]},{port[1]} {end[0] + across[0]},{end[1] + across[1]} {end[0] - across[0]},{end[1] - across[1]}"
    spots = [_along(start, one, two, end, share) for share in _MARK_SHARES]
    x, y = next((spot for spot in spots if not any(_hides(box, spot) for box in boxes)), spots[0])
    return Drawn(link, path, head, x, y)


# Where on its line a mark may stand: in the middle, or the nearest place that no box hides.
_MARK_SHARES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)


def _along(
    start: tuple[int, int], one: tuple[int, int], two: tuple[int, int], end: tuple[int, int], share: float
) -> tuple[int, int]:
    """The point of a cubic curve at a share of its way."""
    rest = 1 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    points = (start, one, two, end)
    x = sum(weight * point[0] for weight, point in zip(weights, points, strict=True))
    y = sum(weight * point[1] for weight, point in zip(weights, points, strict=True))
    return round(x), round(y)


def _hides(box: Box, spot: tuple[int, int]) -> bool:
    return box.x - 8 <= spot[0] <= box.x + box.width + 8 and box.y - 8 <= spot[1] <= box.y + box.height + 8


def _once(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))

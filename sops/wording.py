"""How limits, samples and standard times are written: pure functions, one sentence part each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amps.display import format_number
from amps.measures import measure_text
from sops.models import ObservationPoint, PointKind, Sampling

MINUTES_IN_HOUR = 60

# What is sampled: its name when every one is watched, and with a number before it.
THINGS: dict[str, tuple[Promise, Callable[[int], str]]] = {
    "cell": (gettext_lazy("each cell"), lambda n: ngettext("%(n)d cell", "%(n)d cells", n)),
    "anode": (gettext_lazy("each anode"), lambda n: ngettext("%(n)d anode", "%(n)d anodes", n)),
    "tap": (gettext_lazy("each tap"), lambda n: ngettext("%(n)d tap", "%(n)d taps", n)),
    "crucible": (gettext_lazy("each crucible"), lambda n: ngettext("%(n)d crucible", "%(n)d crucibles", n)),
    "feeder": (gettext_lazy("each feeder"), lambda n: ngettext("%(n)d feeder", "%(n)d feeders", n)),
    "cell_group": (gettext_lazy("each group of cells"), lambda n: ngettext("%(n)d group", "%(n)d groups of cells", n)),
    "anode_effect": (
        gettext_lazy("each anode effect"),
        lambda n: ngettext("%(n)d anode effect", "%(n)d anode effects", n),
    ),
    "round": (gettext_lazy("each round"), lambda n: ngettext("%(n)d round", "%(n)d rounds", n)),
    "crane": (gettext_lazy("each crane"), lambda n: ngettext("%(n)d crane", "%(n)d cranes", n)),
    "start_up": (gettext_lazy("each start-up"), lambda n: ngettext("%(n)d start-up", "%(n)d start-ups", n)),
    "scrubber": (gettext_lazy("each scrubber"), lambda n: ngettext("%(n)d scrubber", "%(n)d scrubbers", n)),
    "suction_reduction": (
        gettext_lazy("each reduction of suction"),
        lambda n: ngettext("%(n)d reduction of suction", "%(n)d reductions of suction", n),
    ),
    "shift": (gettext_lazy("each shift"), lambda n: ngettext("%(n)d shift", "%(n)d shifts", n)),
    "line": (gettext_lazy("each potline"), lambda n: ngettext("%(n)d potline", "%(n)d potlines", n)),
}


def limits_text(point: ObservationPoint) -> str:
    """What is right: "15–25 mm", "at most 14 min", "at least 500 kΩ", "none", "Yes"; empty where nothing is judged."""
    if point.kind == PointKind.YES_NO:
        return _("Yes")
    low, high = point.minimum, point.maximum
    # As many digits as the limits themselves have, the same for both.
    digits = max((_digits(limit) for limit in (low, high) if limit is not None), default=0)
    if low is not None and high is not None:
        if low == high:
            return _with_unit(low, digits, point)
        return f"{format_number(low, digits)} – {_with_unit(high, digits, point)}"
    if high is not None:
        if point.kind == PointKind.COUNT and not high:
            return _("none")
        return _("at most %(value)s") % {"value": _with_unit(high, digits, point)}
    if low is not None:
        return _("at least %(value)s") % {"value": _with_unit(low, digits, point)}
    return ""


def _with_unit(value: Decimal, digits: int, point: ObservationPoint) -> str:
    """A count stands alone: the point's own text says what is counted."""
    if point.kind == PointKind.COUNT:
        return format_number(value, digits)
    return f"{format_number(value, digits)} {measure_text(point.unit)}".strip()


def _digits(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def sample_text(point: ObservationPoint) -> str:
    """How many are watched: "8 cells per shift", "each anode effect"."""
    known = THINGS.get(point.sample_of)
    if point.sample_size is None:
        return str(known[0]) if known else _("each one")
    count = known[1](point.sample_size) % {"n": point.sample_size} if known else str(point.sample_size)
    if point.sample_per == Sampling.EVENT:
        return count
    return _("%(count)s %(per)s") % {"count": count, "per": point.get_sample_per_display()}


def minutes_text(minutes: Decimal | None) -> str:
    """A standard time: "12 min", "2 h 30 min", "60 h"; empty where none is set."""
    if minutes is None:
        return ""
    if minutes < 2 * MINUTES_IN_HOUR:
        return _("%(minutes)s min") % {"minutes": format_number(minutes)}
    hours, rest = divmod(minutes, MINUTES_IN_HOUR)
    if not rest:
        return _("%(hours)s h") % {"hours": format_number(hours, 0)}
    return _("%(hours)s h %(minutes)s min") % {"hours": format_number(hours, 0), "minutes": format_number(rest, 0)}

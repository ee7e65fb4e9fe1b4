"""How limits, samples and standard times are written: pure functions, one sentence part each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amps.display import format_number
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
    """What is right: "15–25 mm", "at most 14 min", "at least 500 kΩ", "Yes"; empty where nothing is judged."""
    if point.kind == PointKind.YES_NO:
        return _("Yes")
    low, high = _value(point, point.minimum), _value(point, point.maximum)
    if point.minimum is not None and point.maximum is not None:
        if point.minimum == point.maximum:
            return f"{low} {point.unit}".strip()
        return f"{low} – {high} {point.unit}".strip()
    if point.maximum is not None:
        return _("at most %(value)s") % {"value": f"{high} {point.unit}".strip()}
    if point.minimum is not None:
        return _("at least %(value)s") % {"value": f"{low} {point.unit}".strip()}
    return ""


def _value(point: ObservationPoint, value: Decimal | None) -> str:
    """Never fewer digits than the limit itself has."""
    if value is None:
        return ""
    exponent = value.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return format_number(value, max(point.decimals, own, 0))


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

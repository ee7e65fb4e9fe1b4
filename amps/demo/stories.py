"""What happened in the demo plant, and where the product tells it: read from what was loaded, never invented."""

from __future__ import annotations

import datetime as dt

from django.db.models import DurationField, ExpressionWrapper, F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amps.demo.learning_stories import learning_stories
from amps.demo.timeline import Timeline, timeline
from amps.demo.told import Story, indicator, links, period
from amps.models import AuditEntry
from observations.models import Observation
from principles.teams.models import Shift, User

# The name of the audit entry that says which demo was loaded.
LOADED = "demo.loaded"
EIGHT_HOURS = dt.timedelta(hours=8)


def is_demo() -> bool:
    """Whether demo people are in the database."""
    return User.objects.filter(is_demo=True).exists()


def loaded_timeline() -> Timeline | None:
    """The dates of the stories of the demo that was loaded; None when none was."""
    entry = AuditEntry.objects.filter(action=LOADED).order_by("-id").values_list("after", flat=True).first()
    if not entry:
        return None
    return timeline(dt.date.fromisoformat(entry["first"]), int(entry["weeks"]))


def stories(now: dt.datetime) -> list[Story]:
    """Every story that the loaded weeks have room for; empty without a demo."""
    line = loaded_timeline()
    if line is None:
        return []
    found = [
        _shift(now),
        _covering(line),
        _feeder(line),
        _crew(line),
        _feeding(line),
        _missed(line),
        _late(line),
        _corrections(),
        _clocks(),
        *learning_stories(now),
    ]
    return [story for story in found if story is not None]


def _shift(now: dt.datetime) -> Story | None:
    shift = Shift.objects.at(now).first()
    if shift is None:
        return None
    return Story(
        "shift",
        _("The shift that is running"),
        shift.production_date,
        None,
        _("Potline 1 has done some of its rounds; others wait."),
        _("Log in as the operator, walk a round, and see the figures follow."),
        links((gettext_lazy("My shift"), "observations:shift", (), {})),
    )


def _covering(line: Timeline) -> Story | None:
    if line.covering is None:
        return None
    return Story(
        "covering",
        _("A covering routine halves the iron"),
        line.covering,
        line.covering + dt.timedelta(days=line.covering_days),
        _("Revision 2 of the covering standard comes into force. Weeks later Fe in the metal is halved."),
        _("Fe in the metal by week, the execution of covering and pot tending, and what the revision changed."),
        links(
            indicator(gettext_lazy("Fe in the metal, by week"), "K05", "VERK", "week"),
            indicator(gettext_lazy("Anode covering, by week"), "O05", "EL1", "week"),
            indicator(gettext_lazy("Pot tending, by week"), "O03", "EL1", "week"),
            (gettext_lazy("What revision 2 changed"), "sops:changes", ("SOP-02", 2), {}),
        ),
    )


def _feeder(line: Timeline) -> Story | None:
    if not line.feeder:
        return None
    (first, number), (last, last_number) = line.feeder[2], line.feeder[-1]
    return Story(
        "feeder",
        _("A feeder section goes bad for nine shifts"),
        line.feeder[0][0],
        last,
        _("The feeders of section EL2-S3 lose their air. Feeder holes close, and anode effects multiply."),
        _("The shift figures of alumina feeding in potline 2, down to cells and points; anode effects beside them."),
        links(
            indicator(gettext_lazy("Alumina feeding in a bad shift"), "O01", "EL2", "shift", period(first, number)),
            indicator(gettext_lazy("Anode effects in that shift"), "P01", "EL2", "shift", period(first, number)),
            (gettext_lazy("What the shift meeting saw"), "kpis:followup", ("EL2", "shift", first, number), {}),
            indicator(gettext_lazy("The last bad shift"), "O01", "EL2", "shift", period(last, last_number)),
        ),
    )


def _crew(line: Timeline) -> Story | None:
    if line.slip is None:
        return None
    return Story(
        "crew",
        _("One crew's covering slips"),
        line.slip,
        None,
        _("Some weeks after the routine, crew C covers worse again, while the others hold it."),
        _("Anode covering by crew: choose crew C on the dashboard, or look at the crews on the indicator's page."),
        links(
            (gettext_lazy("Dashboard of crew C"), "kpis:dashboard", (), {"unit": "EL2", "crew": "C"}),
            (gettext_lazy("Dashboard of crew A"), "kpis:dashboard", (), {"unit": "EL2", "crew": "A"}),
            indicator(gettext_lazy("Anode covering, by crew"), "O05", "EL2", "week"),
        ),
    )


def _feeding(line: Timeline) -> Story | None:
    if line.feeding is None:
        return None
    return Story(
        "feeding",
        _("A better feeding check"),
        line.feeding,
        None,
        _("Revision 2 of the feeding standard has the doses weighed by a list and adjusted on the spot."),
        _("Alumina feeding rises, the dose weights come nearer to nominal, and anode effects become fewer."),
        links(
            indicator(gettext_lazy("Alumina feeding, by week"), "O01", "EL1", "week"),
            indicator(gettext_lazy("Dose weights, by week"), "O07", "EL1", "week"),
            (gettext_lazy("What revision 2 changed"), "sops:changes", ("SOP-04", 2), {}),
        ),
    )


def _missed(line: Timeline) -> Story | None:
    if not line.missed:
        return None
    last = line.missed[-1]
    return Story(
        "missed",
        _("Weekend nights without rounds"),
        line.missed[0],
        last if last != line.missed[0] else None,
        _("In the night to Sunday the cranes were checked and nothing else was looked at."),
        _("The missed rounds on the follow-up page, and the plan's completion. No data is told, never shown as zero."),
        links(
            (gettext_lazy("Follow-up of that night"), "kpis:followup", ("EL1", "shift", last, 3), {}),
            indicator(gettext_lazy("Completion of the plan that day"), "S01", "EL1", "day", period(last)),
        ),
    )


def _late(line: Timeline) -> Story | None:
    late = Observation.objects.filter(
        supersedes__isnull=True, received_at__gt=F("shift__ends_at") + dt.timedelta(hours=12)
    )
    shift = Shift.objects.filter(pk__in=late.values("shift")).order_by("-starts_at").first()
    if shift is None:
        return None
    date, number = shift.production_date, shift.number
    return Story(
        "late",
        _("Observations that arrived late"),
        line.late[0][0],
        date,
        _("A tablet without coverage sent the end of a covering round days later, after the figures were final."),
        _("The figure is marked as restated, and what was known when the period closed stands beside it."),
        links(
            indicator(gettext_lazy("A restated figure"), "O05", "EL1", "shift", period(date, number)),
            (gettext_lazy("The follow-up of that shift"), "kpis:followup", ("EL1", "shift", date, number), {}),
        ),
    )


def _corrections() -> Story | None:
    found = (
        Observation.objects.filter(supersedes__isnull=False)
        .order_by("-observed_at", "-id")
        .values_list("shift__production_date", "id")
        .first()
    )
    if found is None:
        return None
    date, pk = found
    return Story(
        "corrections",
        _("Mistyped temperatures, corrected"),
        date,
        None,
        _("1057 °C was typed instead of 957 °C, and corrected the day after with a reason."),
        _("Both stand on the observation's page; the day's mean was restated."),
        links(
            (gettext_lazy("The corrected observation"), "observations:observation", (pk,), {}),
            indicator(gettext_lazy("Bath temperature that day"), "P10", "EL1", "day", period(date)),
        ),
    )


def _clocks() -> Story | None:
    length = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
    shift = Shift.objects.annotate(length=length).exclude(length=EIGHT_HOURS).order_by("starts_at").first()
    if shift is None:
        return None
    date = shift.production_date
    return Story(
        "clocks",
        _("A night that is not eight hours long"),
        date,
        None,
        _("The clocks changed in this night. Rates are counted over the real hours."),
        _("Anode effects per cell-day of that shift: the denominator follows the clock change."),
        links(indicator(gettext_lazy("Anode effects that night"), "P01", "EL1", "shift", period(date, shift.number))),
    )

"""The stories of learning and direction: from a deviation to the plan, read from what was loaded."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amps.demo.flow import ROUTE
from amps.demo.plant import STATION
from amps.demo.told import Story, links
from principles.agreements.models import Breach
from principles.flow.models import Route
from principles.improvement.models import Action, ActionState, Deviation, EffectCheck, MeetingItem
from roadmap.models import Evaluation, EvaluationState, PlanEntry


def learning_stories(now: dt.datetime) -> list[Story | None]:
    """What the people of the demo made of the figures."""
    return [_meeting(), _feeder(), _effect(), _agreement(), _evaluation(), _plan(), _bottleneck()]


def _meeting() -> Story | None:
    deviation = Deviation.objects.filter(equipment__code=STATION).order_by("pk").first()
    if deviation is None:
        return None
    item = MeetingItem.objects.filter(deviation=deviation).exclude(confirmation="").select_related("meeting").first()
    meeting = ("improvement:meeting", (item.meeting_id,)) if item is not None else ("improvement:meetings", ())
    return Story(
        "meeting",
        _("A morning meeting solves it: K-304"),
        deviation.reported_at.date(),
        deviation.closed_at.date() if deviation.closed_at is not None else None,
        _("A temperature swings at crucible station K-304. Two mornings later it is closed with the customer present."),
        _("The question, the answer from electrical maintenance, and the confirmation from the log in the meeting."),
        links(
            (gettext_lazy("The meeting"), *meeting, {}),
            (gettext_lazy("The deviation"), "improvement:deviation", (deviation.pk,), {}),
        ),
    )


def _feeder() -> Story | None:
    deviation = Deviation.objects.filter(unit__code="EL2", whys__number=5).order_by("pk").first()
    if deviation is None:
        return None
    return Story(
        "whys",
        _("Five whys behind the bad feeders"),
        deviation.reported_at.date(),
        None,
        _("Observations of the bad feeder section became one deviation: its root cause is a missing standard."),
        _("The whys, the three actions, the observations behind it, and how it went from meeting to meeting."),
        links(
            (gettext_lazy("The deviation"), "improvement:deviation", (deviation.pk,), {}),
            (gettext_lazy("Every open deviation"), "improvement:deviations", (), {"unit": "ELK"}),
        ),
    )


def _effect() -> Story | None:
    check = (
        EffectCheck.objects.filter(before_value__isnull=False, after_value__isnull=False, verified_at__isnull=False)
        .order_by("action")
        .first()
    )
    if check is None or check.verified_at is None:
        return None
    return Story(
        "effect",
        _("An action whose effect is measured"),
        check.before_from,
        check.verified_at.date(),
        _("A standard was revised for a deviation. The indicator before and after stands beside what was expected."),
        _("Expected beside measured on the action's page, and the deviation that could be closed by it."),
        links(
            (gettext_lazy("The action"), "improvement:action", (check.action_id,), {}),
            (gettext_lazy("Actions that have ended"), "improvement:actions", (), {"state": ActionState.DONE}),
        ),
    )


def _agreement() -> Story | None:
    breach = Breach.objects.select_related("term__agreement").order_by("occurred_at").last()
    if breach is None:
        return None
    waiting = Breach.objects.filter(answered_at__isnull=False, confirmed_at__isnull=True).order_by("-pk").first()
    shown = waiting or breach
    return Story(
        "agreement",
        _("An agreement that was broken three times"),
        None,
        None,
        _("Bath in a crucible, a wrong mass, a missing forecast. Only the casthouse confirms that one is closed."),
        _("Log in as the customer and confirm the breach that has been answered; look at who supplies whom."),
        links(
            (gettext_lazy("The agreement"), "agreements:agreement", (breach.term.agreement_id,), {}),
            (gettext_lazy("The answered breach"), "agreements:breach", (shown.pk,), {}),
            (gettext_lazy("Who supplies whom"), "agreements:picture", (), {}),
        ),
    )


def _evaluation() -> Story | None:
    running = Evaluation.objects.filter(unit__code="EL1", state=EvaluationState.OPEN).first()
    if running is None:
        return None
    return Story(
        "evaluation",
        _("A self-evaluation, half done"),
        running.held_on,
        None,
        _("Potline 1 has agreed on half of the items; each member's own mark and the live facts stand beside."),
        _("Go on with it as the area leader; see where facts and claim differ, and how the areas have moved."),
        links(
            (gettext_lazy("The evaluation"), "roadmap:evaluation", (running.pk,), {}),
            (gettext_lazy("All areas side by side"), "roadmap:compare", (), {}),
        ),
    )


def _plan() -> Story | None:
    entry = PlanEntry.objects.order_by("-year").first()
    if entry is None:
        return None
    count = Action.objects.filter(plan_entry__year=entry.year).count()
    return Story(
        "plan",
        _("The business plan"),
        None,
        None,
        _("%(count)d actions from deviations, agreements, meetings, gaps and challenges, in every state.")
        % {"count": count},
        _("Log in as the manager: the load per owner, what is overdue, expected beside measured effect, and the PDF."),
        links(
            (gettext_lazy("The plan"), "roadmap:plan", (), {"unit": "VERK", "year": str(entry.year)}),
            (gettext_lazy("Challenges from plant to area"), "roadmap:challenges", (), {}),
        ),
    )


def _bottleneck() -> Story | None:
    if not Route.objects.filter(code=ROUTE).exists():
        return None
    return Story(
        "bottleneck",
        _("Casting is the bottleneck"),
        None,
        None,
        _("Customers want 7,000 tonnes a week; furnace and casting can do 5,865. The figures are illustrative."),
        _("The chart of capacities against the demand, and what the route can give."),
        links(
            (gettext_lazy("The route"), "flow:route", (ROUTE,), {}),
            (gettext_lazy("The five principles"), "roadmap:principles", (), {}),
        ),
    )

"""Which metrics are computed, by what, and why the others are not measured yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roadmap.evidence.book import Book, Spot, Window, address
from roadmap.evidence.plain import Number, Reading, Text

# Parts of the product that supply data to metrics, in words; a metric may name others, from a newer standard.
PARTS: dict[str, Text] = {
    "sops": _("standards"),
    "observations": _("observations"),
    "observation_plan": _("observation plans"),
    "teams": _("teams"),
    "deviations": _("deviations"),
    "actions": _("actions"),
    "meetings": _("meetings"),
    "agreements": _("agreements"),
    "relationships": _("the register of customers and suppliers"),
    "challenges": _("challenges"),
    "evaluations": _("self-evaluations"),
    "competence": _("signed competence and what the rota requires"),
    "leadership": _("leaders' presence, standard work and feedback"),
    "flow": _("stops, stocks, changeovers and 5S"),
}
# Those that the product has. Of flow it has routes with capacities and demand, which two metrics need alone.
HAD = frozenset(PARTS) - {"competence", "leadership", "flow"}
FLOW_BY_ROUTES = frozenset({"capacity_to_demand", "bottleneck_action_share"})

# Metrics whose parts are there, but whose data nobody records yet: what is missing.
UNRECORDED: dict[str, Text] = {
    "sop_reviewed_by_all_shifts": _("Review comments on a revision are not kept per person and shift team yet."),
    "sop_time_deviation": _("Nobody records how long a step takes when it is carried out yet."),
    "process_indicator_with_spc": _("Frozen baselines of control charts are not kept yet."),
    "spc_signal_with_cause": _("Signals of control charts and their causes are not kept yet."),
    "sop_reviewed_in_interval": _("SOPs have no date for their next review yet."),
    "sop_proposal_decision_days": _("Proposals for changing an SOP are not kept yet."),
    "lessons_linked_to_sop": _("Lessons learned are not kept yet."),
    "support_response_on_time": _("Calls to maintenance and support are not kept yet."),
    "agreement_acknowledged": _("Who took part in an agreement, and which teams know it, is not kept yet."),
    "meeting_held_rate": _("There is no meeting plan yet that says which meetings are due."),
    "meeting_mandatory_attendance": _("There is no meeting plan yet that says whose seats have to be filled."),
    "meeting_on_time": _("There is no meeting plan yet that says how long a meeting may last."),
    "handover_completion": _("Handovers between shifts are not kept yet."),
    "overtime_share": _("Agreed hours and overtime are not kept yet."),
    "shift_roles_filled": _("Attendance on shift is not kept yet."),
    "support_attendance": _("There is no meeting plan yet that says which seats maintenance and support have."),
    "group_meetings_held": _("There is no meeting plan yet for improvement groups."),
    "a3_per_team": _("A3s are not kept yet."),
    "a3_completed_to_act": _("A3s are not kept yet."),
    "a3_led_to_revision": _("A3s are not kept yet."),
    "a3_lead_time_days": _("A3s are not kept yet."),
    "idea_decision_days": _("Ideas and the decisions on them are not kept yet."),
    "weekly_meeting_agreement_reviewed": _("Meetings do not mark yet that the results of agreements were reviewed."),
    "steering_with_union": _("Steering meetings and the union's presence in them are not kept yet."),
}


_FIVE_S = _("5S audits")
_STOCKS = _("stocks and their limits")
_STOPS = _("planned and unplanned stops")
_CHANGEOVERS = _("changeovers and their standard times")
_LAYOUTS = _("layouts and transport routes")
_LEAD_TIMES = _("lead times")
_WORKLOAD = _("planned workload")
_MAPS = _("value-stream maps")
_ORIGINS = _("defects and the step where they arose")
_SURVEYS = _("pulse surveys")
_ROUNDS = _("leaders' rounds")
_RECOGNITION = _("recognitions")
# What exactly is lacking, where the part of the product that is not there yet is wide.
LACKING: dict[str, Text] = {
    "claims_per_10000_t": _("tonnes delivered"),
    "five_s_score": _FIVE_S,
    "five_s_score_change": _FIVE_S,
    "five_s_actions_overdue": _FIVE_S,
    "buffer_within_limits": _STOCKS,
    "kanban_stockouts": _STOCKS,
    "planned_stop_on_time": _STOPS,
    "overdue_preventive_maintenance": _("preventive maintenance jobs"),
    "unplanned_to_planned_downtime": _STOPS,
    "changeover_within_standard": _CHANGEOVERS,
    "changeover_with_chart": _CHANGEOVERS,
    "smed_actions_overdue": _CHANGEOVERS,
    "layout_reviewed": _LAYOUTS,
    "layout_actions_done": _LAYOUTS,
    "transport_metres_change": _LAYOUTS,
    "mobile_equipment_near_misses": _("hours worked, and which near misses were with mobile equipment"),
    "area_lead_time_change": _LEAD_TIMES,
    "total_lead_time_change": _LEAD_TIMES,
    "waiting_stop_hours": _STOPS,
    "bottleneck_lost_time": _STOPS,
    "downtime_waiting_for_supply": _STOPS,
    "equipment_downtime_change": _STOPS,
    "plan_adherence": _("the production plan, job by job"),
    "liquid_metal_on_time": _("when each crucible was due and delivered"),
    "disturbance_notification_minutes": _("notices of disturbances between units"),
    "workload_max_over_mean": _WORKLOAD,
    "workload_roles_max_over_mean": _WORKLOAD,
    "right_first_time": _ORIGINS,
    "defects_found_own_step": _ORIGINS,
    "value_stream_with_both_maps": _MAPS,
    "value_stream_actions_done": _MAPS,
    "critical_items_with_group": _("improvement groups of critical processes and equipment"),
    "observation_layer_completion": _("observation rounds of the leader levels"),
    "recognitions_per_team_month": _RECOGNITION,
    "improvement_acknowledged": _RECOGNITION,
    "leader_rounds_done": _ROUNDS,
    "leader_rounds_shift_spread": _ROUNDS,
    "observation_with_feedback": _("feedback on leaders' rounds"),
    "coaching_talks_per_month": _("coaching talks"),
    "leader_standard_work_completion": _("leaders' standard work"),
    "obstacles_answered_in_time": _("obstacles that teams have lifted"),
    "employee_talks_done": _("employee talks"),
    "pulse_survey_score": _SURVEYS,
    "pulse_survey_change": _SURVEYS,
    "support_hours_used": _("support hours, planned and used"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a metric is asked for: in this place, over this window."""

    book: Book
    spot: Spot
    window: Window
    name: str = ""
    binding: str = "worst"


type Measure = Callable[[Asked], Reading]
type Link = Callable[[Spot], str]

COMPUTED: dict[str, Measure] = {}
LINKS: dict[str, Link] = {}


def to(name: str, *args: object, unit: bool = True, **query: object) -> Link:
    """The page that a metric comes from, for the unit asked."""
    return lambda spot: address(name, *args, **({"unit": spot.code} if unit else {}), **query)


def metric(name: str, link: Link | None = None) -> Callable[[Measure], Measure]:
    """Register what computes a metric of the standard, and the page it comes from."""

    def register(measure: Measure) -> Measure:
        COMPUTED[name] = measure
        if link is not None:
            LINKS[name] = link
        return measure

    return register


def reason_missing(name: str, needs: Iterable[str]) -> Text:
    """Why a metric is not measured: the parts or data it needs; empty for one that is computed."""
    if name in COMPUTED:
        return ""
    lacking = [need for need in needs if need not in HAD]
    if lacking:
        return _lacking(name, *lacking)
    return UNRECORDED.get(name, _("The product does not compute this measure yet."))


def share(part: Number, whole: Number, none: Text) -> Reading:
    """`part` of `whole` in per cent; without a whole there is no data, and `none` says so."""
    if not whole:
        return Reading(missing=none)
    return Reading(value=100 * Fraction(part) / Fraction(whole), numerator=part, denominator=whole)


def _lacking_now(name: str, *parts: str) -> str:
    exactly = LACKING.get(name)
    words = str(exactly) if exactly is not None else ", ".join(str(PARTS.get(part, part)) for part in parts)
    return gettext("Not kept in AMPS yet: %(parts)s.") % {"parts": words}


_lacking = lazy(_lacking_now, str)

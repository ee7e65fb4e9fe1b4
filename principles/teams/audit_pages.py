"""The audit trail in words: what was done, to what, and what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amps.models import AuditEntry
from principles.teams.models import Role, RoleAssignment, Unit, User
from principles.teams.permissions import Access, Capability

_NOTHING = "–"
_UNITS = "teams.unit"
_PEOPLE = "teams.user"
_ROLES = "teams.roleassignment"
_PAGES = {
    "agreements.agreement": "agreements:agreement",
    "agreements.breach": "agreements:breach",
    "agreements.relationship": "agreements:relationship",
    "improvement.action": "improvement:action",
    "improvement.deviation": "improvement:deviation",
}
_LISTS = {
    "teams.crew": "teams:crews",
    "teams.rota": "teams:rota",
    "teams.shiftcalendar": "teams:calendar",
}

ACTIONS: dict[str, str | Promise] = {
    "unit.created": gettext_lazy("Unit taken into use"),
    "unit.edited": gettext_lazy("Unit changed"),
    "unit.moved": gettext_lazy("Unit moved"),
    "unit.closed": gettext_lazy("Unit taken out of use"),
    "unit.kept": gettext_lazy("Closing taken back"),
    "person.created": gettext_lazy("Person added"),
    "person.edited": gettext_lazy("Person changed"),
    "person.deactivated": gettext_lazy("Login put out of use"),
    "person.activated": gettext_lazy("Login put into use"),
    "person.password_reset": gettext_lazy("New password given"),
    "person.password_changed": gettext_lazy("Own password changed"),
    "role.granted": gettext_lazy("Role given"),
    "role.ended": gettext_lazy("Role ended"),
    "role.taken_back": gettext_lazy("Role taken back"),
    "crew.created": gettext_lazy("Crew added"),
    "crew.edited": gettext_lazy("Crew changed"),
    "calendar.changed": gettext_lazy("Shift calendar planned"),
    "calendar.withdrawn": gettext_lazy("Shift calendar taken back"),
    "rota.changed": gettext_lazy("Rota planned"),
    "rota.withdrawn": gettext_lazy("Rota taken back"),
    "sop.created": gettext_lazy("Standard created"),
    "sop.approved": gettext_lazy("Standard approved"),
    "sop.loaded": gettext_lazy("Standard loaded"),
    "sop_revision.drafted": gettext_lazy("Revision drafted"),
    "sop_revision.edited": gettext_lazy("Revision changed"),
    "sop_revision.sent": gettext_lazy("Revision sent to review"),
    "sop_revision.sent_back": gettext_lazy("Revision sent back"),
    "sop_revision.withdrawn": gettext_lazy("Revision withdrawn"),
    "sop_revision.approved": gettext_lazy("Revision approved"),
    "sop_step.moved": gettext_lazy("Step moved"),
    "sop_step.removed": gettext_lazy("Step removed"),
    "sop_point.bound": gettext_lazy("Observation point added to a step"),
    "sop_point.unbound": gettext_lazy("Observation point taken from a step"),
    "point.added": gettext_lazy("New observation point"),
    "point.rewritten": gettext_lazy("New observation point written anew"),
    "point.edited": gettext_lazy("Observation point changed"),
    "point.feed_added": gettext_lazy("Indicator chosen for an observation point"),
    "point.feed_removed": gettext_lazy("Indicator taken from an observation point"),
    "plan.added": gettext_lazy("Observation plan added"),
    "plan.changed": gettext_lazy("Observation plan changed"),
    "plan.ended": gettext_lazy("Observation plan ended"),
    "plan.removed": gettext_lazy("Observation plan removed"),
    "target.changed": gettext_lazy("Target changed"),
    "indicator.loaded": gettext_lazy("Indicator loaded"),
    "chart_event.added": gettext_lazy("Event added to a chart"),
    "chart_event.deleted": gettext_lazy("Event removed from a chart"),
    "closing.reviewed": gettext_lazy("Follow-up reviewed"),
    "observations.imported": gettext_lazy("Observations imported"),
    "action.added": gettext_lazy("Action made"),
    "action.cancelled": gettext_lazy("Action called off"),
    "action.edited": gettext_lazy("Action changed"),
    "action.effect_dropped": gettext_lazy("Indicator taken from an action"),
    "action.effect_expected": gettext_lazy("Indicator and expected effect of an action chosen"),
    "action.moved": gettext_lazy("Action taken on in its loop"),
    "action.verified": gettext_lazy("Effect of an action told"),
    "deviation.cause": gettext_lazy("Root cause recorded"),
    "deviation.closed": gettext_lazy("Deviation closed"),
    "deviation.contained": gettext_lazy("Deviation contained"),
    "deviation.edited": gettext_lazy("Deviation changed"),
    "deviation.escalated": gettext_lazy("Deviation escalated"),
    "deviation.joined": gettext_lazy("Observation added to a deviation"),
    "deviation.moved": gettext_lazy("State of a deviation changed"),
    "deviation.opened": gettext_lazy("Deviation opened"),
    "deviation.reopened": gettext_lazy("Deviation opened again"),
    "deviation.standard": gettext_lazy("Broken standard chosen"),
    "deviation.whys": gettext_lazy("Whys of a deviation written"),
    "meeting.attended": gettext_lazy("Presence in a meeting noted"),
    "meeting.ended": gettext_lazy("Meeting ended"),
    "meeting.matter_added": gettext_lazy("Matter taken up in a meeting"),
    "meeting.matter_carried": gettext_lazy("Matter carried on to the next meeting"),
    "meeting.matter_escalated": gettext_lazy("Matter escalated"),
    "meeting.matter_written": gettext_lazy("Words on a matter written"),
    "meeting.not_there": gettext_lazy("Presence in a meeting taken back"),
    "meeting.opened": gettext_lazy("Meeting opened"),
    "route.added": gettext_lazy("Route added"),
    "route.changed": gettext_lazy("Route changed"),
    "challenge.given": gettext_lazy("Challenge given"),
    "challenge.passed_down": gettext_lazy("Challenge passed down"),
    "challenge.edited": gettext_lazy("Challenge changed"),
    "challenge.ended": gettext_lazy("Challenge ended"),
    "plan_entry.added": gettext_lazy("Action put into the business plan"),
    "plan_entry.edited": gettext_lazy("Place in the business plan changed"),
    "plan_entry.removed": gettext_lazy("Action taken out of the business plan"),
    "plan_year.set": gettext_lazy("Tonnes and exchange rate changed"),
    "evaluation.answered": gettext_lazy("Answer of a self-evaluation recorded"),
    "evaluation.cancelled": gettext_lazy("Self-evaluation called off"),
    "evaluation.joined": gettext_lazy("People taken into the group of a self-evaluation"),
    "evaluation.leader_changed": gettext_lazy("Leader of a self-evaluation changed"),
    "evaluation.left": gettext_lazy("Group of a self-evaluation left"),
    "evaluation.locked": gettext_lazy("Self-evaluation locked"),
    "evaluation.marked": gettext_lazy("Own mark given in a self-evaluation"),
    "evaluation.opened": gettext_lazy("Self-evaluation opened"),
    "evaluation.reopened": gettext_lazy("Self-evaluation opened again"),
    "evaluation.signatures_withdrawn": gettext_lazy("Signatures of a self-evaluation taken back"),
    "evaluation.signed": gettext_lazy("Self-evaluation signed"),
    "local_item.added": gettext_lazy("Local item added to the roadmap"),
    "local_item.edited": gettext_lazy("Local item of the roadmap changed"),
    "local_item.used": gettext_lazy("Local item of the roadmap put in or out of use"),
    "roadmap.imported": gettext_lazy("Version of the roadmap taken into use"),
    "roadmap.targets_set": gettext_lazy("Targets of the roadmap set"),
    "agreement.drafted": gettext_lazy("Agreement drafted"),
    "agreement.edited": gettext_lazy("Agreement changed"),
    "agreement.ended": gettext_lazy("Agreement ended"),
    "agreement.new_version": gettext_lazy("New version of an agreement begun"),
    "agreement.replaced": gettext_lazy("Agreement replaced by a newer version"),
    "agreement.signed": gettext_lazy("Agreement signed"),
    "agreement.unsigned": gettext_lazy("Signature taken back by a change"),
    "breach.answered": gettext_lazy("Breach answered"),
    "breach.confirmed": gettext_lazy("Breach confirmed as closed"),
    "breach.deviation_opened": gettext_lazy("Deviation opened on a breach"),
    "breach.measured": gettext_lazy("Breach measured"),
    "breach.reported": gettext_lazy("Breach reported"),
    "breach.sent_back": gettext_lazy("Answer to a breach not accepted"),
    "need.added": gettext_lazy("Need written down"),
    "need.retired": gettext_lazy("Need no longer there"),
    "party.added": gettext_lazy("External party added"),
    "party.edited": gettext_lazy("External party changed"),
    "register.confirmed": gettext_lazy("Register confirmed as complete"),
    "relationship.added": gettext_lazy("Relationship added"),
    "relationship.edited": gettext_lazy("Relationship changed"),
    "relationship.ended": gettext_lazy("Relationship ended"),
    "term.added": gettext_lazy("Term added"),
    "term.edited": gettext_lazy("Term changed"),
    "term.measured": gettext_lazy("Indicator of a term chosen"),
    "term.removed": gettext_lazy("Term taken off"),
    "demo.loaded": gettext_lazy("Demo plant loaded"),
    "admin.added": gettext_lazy("Added in the administration"),
    "admin.changed": gettext_lazy("Changed in the administration"),
    "admin.deleted": gettext_lazy("Deleted in the administration"),
}
# What one can choose to see; a name covers every action that begins with one of its words.
SUBJECTS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "units": (gettext_lazy("Units"), ("unit.",)),
    "people": (gettext_lazy("People and roles"), ("person.", "role.", "crew.")),
    "schedule": (gettext_lazy("Calendar and rota"), ("calendar.", "rota.")),
    "standards": (gettext_lazy("Standards"), ("sop", "point.", "process.")),
    "plans": (gettext_lazy("Observation plans"), ("plan.",)),
    "figures": (
        gettext_lazy("Targets and follow-up"),
        ("target.", "indicator.", "chart_event.", "closing."),
    ),
    "business_plan": (gettext_lazy("Business plan"), ("plan_entry.", "plan_year.", "challenge.")),
    "agreements": (
        gettext_lazy("Customers and suppliers"),
        ("agreement.", "breach.", "need.", "party.", "register.", "relationship.", "term."),
    ),
    "improvement": (gettext_lazy("Deviations and actions"), ("deviation.", "action.", "meeting.")),
    "evaluations": (gettext_lazy("Roadmap and self-evaluation"), ("evaluation.", "local_item.", "roadmap.")),
    "imports": (gettext_lazy("Imports"), ("import.", "observations.")),
}
# Names in `before` and `after` that are no column of the thing itself.
_WORDS: dict[str, str | Promise] = {
    "parent": gettext_lazy("under"),
    "starts": gettext_lazy("shifts"),
    "person": gettext_lazy("person"),
    "unit": gettext_lazy("unit"),
    "cells": gettext_lazy("cells in a potline"),
    "closed": gettext_lazy("closed"),
    "effective_from": gettext_lazy("in force from"),
    "first": gettext_lazy("first day"),
    "known": gettext_lazy("already known"),
    "left_out": gettext_lazy("left out"),
    "point": gettext_lazy("observation point"),
    "points": gettext_lazy("observation points"),
    "review": gettext_lazy("review"),
    "revision": gettext_lazy("revision"),
    "seed": gettext_lazy("seed of the figures"),
    "step": gettext_lazy("step"),
    "steps": gettext_lazy("steps"),
    "stored": gettext_lazy("stored"),
    "observation": gettext_lazy("observation"),
    "reason": gettext_lazy("reason"),
    "whys": gettext_lazy("whys"),
    "until": gettext_lazy("until"),
    "valid_from": gettext_lazy("valid from"),
    "agreement": gettext_lazy("agreement"),
    "customer": gettext_lazy("customer"),
    "deviation": gettext_lazy("deviation"),
    "name": gettext_lazy("name"),
    "replaced_by": gettext_lazy("replaced by"),
    "side": gettext_lazy("side"),
    "supplier": gettext_lazy("supplier"),
    "term": gettext_lazy("term"),
    "weeks": gettext_lazy("weeks"),
    "when": gettext_lazy("when"),
    "words": gettext_lazy("words"),
    "zone": gettext_lazy("time zone"),
}


# Kinds of things that not every reader of the trail may know of: ids of those that readers of some units may.
type Readable = Callable[[frozenset[int]], QuerySet[Any, Any]]
_restricted: dict[str, Readable] = {}


def restrict(target_type: str, readable: Readable) -> None:
    """Keep entries on this kind of thing from readers outside; `readable` gives the rows for their units.

    Called in an AppConfig.ready by the parts that have such things.
    """
    _restricted[target_type] = readable


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after, as text."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a page shows it; `who` is "" for the system itself, None where the name may not be seen."""

    entry: AuditEntry
    who: str | None
    what: str
    thing: str
    kind: str
    url: str
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class AuditReach:
    """How much of the trail a person may read: all, or without the people of other units."""

    is_everything: bool
    units: frozenset[int]
    people: frozenset[int]

    def entries(self) -> QuerySet[AuditEntry]:
        """The entries one may read. What was done to people elsewhere is left out."""
        found = AuditEntry.objects.all()
        if self.is_everything:
            return found
        for target_type, readable in _restricted.items():
            known = readable(self.units).annotate(as_text=Cast("pk", models.CharField())).values("as_text")
            found = found.filter(~Q(target_type=target_type) | Q(target_id__in=known))
        people = [str(pk) for pk in self.people]
        roles = RoleAssignment.objects.filter(unit__in=self.units).values_list("pk", flat=True)
        return found.filter(
            ~Q(target_type__in=(_PEOPLE, _ROLES))
            | Q(target_type=_PEOPLE, target_id__in=people)
            | Q(target_type=_ROLES, target_id__in=[str(pk) for pk in roles])
        )


def reach_of(person: User, access: Access) -> AuditReach:
    """What a person may read of the trail."""
    units = access.units(Capability.READ_AUDIT)
    people = RoleAssignment.objects.filter(unit__in=units).values_list("person_id", flat=True)
    return AuditReach(
        is_everything=access.can_everywhere(Capability.READ_AUDIT),
        units=units,
        people=frozenset({*people, person.pk}),
    )


def lines(entries: Iterable[AuditEntry], reach: AuditReach) -> list[Line]:
    """Entries in words; one query for the units among them."""
    known = list(entries)
    ids = {entry.target_id for entry in known if entry.target_type == _UNITS and entry.target_id.isdigit()}
    codes = {str(pk): code for pk, code in Unit.objects.filter(pk__in=ids).values_list("pk", "code")}
    return [_line(entry, reach, codes) for entry in known]


def _line(entry: AuditEntry, reach: AuditReach, codes: Mapping[str, str]) -> Line:
    model = _model(entry.target_type)
    who: str | None = entry.actor_name
    if entry.actor_name and not reach.is_everything and entry.actor_id not in reach.people:
        who = None
    kind = str(model._meta.verbose_name) if model is not None else entry.target_type
    return Line(
        entry=entry,
        who=who,
        what=str(ACTIONS.get(entry.action) or entry.action.replace(".", " ").replace("_", " ")),
        thing=entry.target_label,
        kind=kind,
        url=_url(entry, codes),
        changes=changes(entry.before, entry.after, model),
    )


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, model: type[models.Model] | None
) -> list[Change]:
    """Every value that was, or became, something; with the column's own words."""
    was, became = before or {}, after or {}
    found = []
    for key in dict.fromkeys([*was, *became]):
        field = _field(model, key)
        old, new = _text(was.get(key), field), _text(became.get(key), field)
        if key != "id" and not (old == new == _NOTHING):
            label = str(field.verbose_name) if field is not None else str(_WORDS.get(key, key.replace("_", " ")))
            found.append(Change(label, old, new))
    return found


def _model(name: str) -> type[models.Model] | None:
    try:
        return apps.get_model(name)
    except (LookupError, ValueError):
        return None


def _field(model: type[models.Model] | None, key: str) -> models.Field[Any, Any] | None:
    if model is None:
        return None
    return next((one for one in model._meta.concrete_fields if key in (one.name, one.attname)), None)


def _text(value: Any, field: models.Field[Any, Any] | None) -> str:
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_text(item, None) for item in value) or _NOTHING
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_text(item, None)}" for key, item in value.items()) or _NOTHING
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, str) and value in Role.values:
        return str(Role(value).label)
    if isinstance(value, str) and (date := _date(value)) is not None:
        return formats.date_format(date, "SHORT_DATE_FORMAT")
    if isinstance(value, str) and (moment := _moment(value)) is not None:
        return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    return str(value)


def _date(value: str) -> dt.date | None:
    try:
        return parse_date(value) if len(value) == len("2026-01-01") else None
    except ValueError:
        return None


def _moment(value: str) -> dt.datetime | None:
    """The instant that a text of the audit trail is, such as "2026-11-06T05:00:00+00:00"; None for any other text."""
    try:
        moment = parse_datetime(value) if len(value) > len("2026-01-01T00:00") and value[10] == "T" else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _url(entry: AuditEntry, codes: Mapping[str, str]) -> str:
    """Where the thing can be seen; "" when it has no page."""
    if entry.target_type == _UNITS:
        code = codes.get(entry.target_id)
        return reverse("teams:unit", kwargs={"code": code}) if code else ""
    if entry.target_type == _PEOPLE and entry.target_id.isdigit():
        return reverse("teams:person", kwargs={"pk": int(entry.target_id)})
    if entry.target_type in _PAGES and entry.target_id.isdigit():
        return reverse(_PAGES[entry.target_type], args=[int(entry.target_id)])
    return reverse(_LISTS[entry.target_type]) if entry.target_type in _LISTS else ""

"""What every view of this app begins with: who asks, and the evaluation of the address."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from observations.http import person_of
from principles.improvement.names import shows_responsible
from principles.teams.models import User
from principles.teams.permissions import Access, Capability, access_of
from roadmap.models import Evaluation, EvaluationState, Participant
from roadmap.reading import RUNNING


@dataclass(frozen=True, slots=True)
class May:
    """What a person may do with one evaluation now. `is_member`: in the group and not gone."""

    is_member: bool
    is_leader: bool
    opens: bool
    answer: bool
    sign: bool
    manage: bool
    leave: bool
    withdraw: bool
    reopen: bool
    cancel: bool
    see_names: bool


def reader_of(request: HttpRequest) -> tuple[User, Access]:
    """The person and what they may do. Evaluations are read by everybody who holds a role somewhere."""
    person = person_of(request)
    access = access_of(person)
    if not access.roles:
        raise PermissionDenied(_("Self-evaluations are for those who hold a role in the plant."))
    return person, access


def is_unchanged(request: HttpRequest, pk: int) -> bool:
    """Whether the evaluation is still as the page has it (`?seen=`): what a poll asks first, at the price of two reads.

    Nothing is told to who holds no role; they go the long way and are refused.
    """
    seen = request.GET.get("seen", "")
    known = Evaluation.objects.filter(pk=pk).values_list("version_of_answers", flat=True).first()
    return known is not None and seen == str(known) and person_of(request).roles.exists()


def evaluation_or_404(pk: int) -> Evaluation:
    """The evaluation with unit, team, version and leader."""
    return get_object_or_404(Evaluation.objects.select_related("unit", "crew", "version", "leader"), pk=pk)


def group_of(evaluation: Evaluation) -> list[Participant]:
    """Everybody who is or was in the group, the leader first, then by name."""
    found = evaluation.participants.select_related("person")
    return sorted(found, key=lambda one: (one.person_id != evaluation.leader_id, str(one.person).casefold()))


def may_of(person: User, access: Access, evaluation: Evaluation, group: list[Participant]) -> May:
    """What the person may do with the evaluation as it stands."""
    is_member = any(one.person_id == person.pk and one.left_at is None for one in group)
    was_member = any(one.person_id == person.pk for one in group)
    opens = access.can(Capability.OPEN_EVALUATION, evaluation.unit_id)
    is_leader = is_member and evaluation.leader_id == person.pk
    is_open, is_running = evaluation.state == EvaluationState.OPEN, evaluation.state in RUNNING
    return May(
        is_member=is_member,
        is_leader=is_leader,
        opens=opens,
        answer=is_member and is_open,
        sign=is_member and is_running,
        manage=is_running and (opens or is_leader),
        leave=is_member and is_running and not is_leader,
        withdraw=evaluation.state == EvaluationState.SIGNING and (is_member or opens),
        reopen=evaluation.state == EvaluationState.LOCKED and opens,
        cancel=is_running and opens,
        see_names=was_member or shows_responsible(access, evaluation.unit_id),
    )

"""What every view of this app begins with: the SOP or revision of the address, and what the person may do with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from principles.teams.models import User
from principles.teams.permissions import Access, Capability, access_of
from sops.models import Sop, SopRevision


@dataclass(frozen=True, slots=True)
class May:
    """What a person may do with the standards of one owner unit. Standards are read by all, names are not."""

    draft: bool
    approve: bool
    see_names: bool


def person_of(request: HttpRequest) -> User:
    """The person who is signed in; every view here asks for a login first."""
    if not isinstance(request.user, User):
        raise TypeError("This view needs a login")
    return request.user


def may_of(access: Access, sop: Sop) -> May:
    draft = access.can(Capability.DRAFT_SOP, sop.owner_id)
    return May(
        draft=draft,
        approve=access.can(Capability.APPROVE_SOP, sop.owner_id),
        see_names=draft or access.can(Capability.SEE_NAMES, sop.owner_id),
    )


def may(request: HttpRequest, sop: Sop) -> May:
    """What the person of this request may do with the SOP."""
    return may_of(access_of(person_of(request)), sop)


def sop_or_404(code: str) -> Sop:
    return get_object_or_404(Sop.objects.select_related("process", "owner"), code=code)


def revision_or_404(code: str, number: int) -> SopRevision:
    revisions = SopRevision.objects.select_related("sop__process", "sop__owner", "based_on")
    return get_object_or_404(revisions, sop__code=code, number=number)

"""The picture of who supplies whom, drawn on the server."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from principles.agreements.models import ExternalParty
from principles.agreements.picture import Link, draw
from principles.agreements.reading import Line
from principles.agreements.views.register import PARTY_KINDS, choice_of, chosen_lines
from principles.teams.http import HttpRequest
from principles.teams.models import Unit
from principles.teams.permissions import access_of
from principles.teams.unit_pages import units_in_order


def key_of(party: Unit | ExternalParty) -> str:
    """A party's key in the picture: "u7" a unit, "x2" an external party."""
    return f"{'u' if isinstance(party, Unit) else 'x'}{party.pk}"


@require_GET
@login_required
def picture(request: HttpRequest) -> HttpResponse:
    """Who supplies whom, with the state of what is agreed; the same as a table beside it."""
    access = access_of(request.user)
    choice = choice_of(request)
    lines = chosen_lines(choice, access)
    names = {
        key_of(party): (party.name, isinstance(party, ExternalParty))
        for line in lines
        for party in (line.relationship.supplier, line.relationship.customer)
    }
    drawn = draw([_link(line) for line in lines], names)
    by_pk = {line.relationship.pk: line for line in lines}
    context = {
        "choice": choice,
        "picture": drawn,
        "links": [(link, by_pk[link.link.key]) for link in drawn.links],
        "lines": sorted(lines, key=lambda line: line.relationship.supplier.name.casefold()),
        "units": units_in_order(access.tree, PARTY_KINDS),
    }
    return render(request, "agreements/picture.html", context)


def _link(line: Line) -> Link:
    one = line.relationship
    return Link(
        key=one.pk,
        supplier=key_of(one.supplier),
        customer=key_of(one.customer),
        kind=one.kind,
        criticality=one.criticality,
        state=line.state,
    )

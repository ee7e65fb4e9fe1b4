"""One round, card by card: show the card, store the tap, take it back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from observations.cards import Card, Walk, last_here
from observations.http import is_htmx, person_of, wants_json
from observations.models import Observation, Reason, Result, Round
from observations.myshift import shift_board
from observations.permissions import may_undo
from observations.planning import RoundState, round_state
from observations.recording import observation_record, observation_withdraw
from observations.refusals import BadPlace, DifferentContent, Refused
from observations.taps import Tap, read_id, read_tap
from principles.teams.calendars import shift_at
from principles.teams.models import User
from principles.teams.permissions import Capability, access_of, require
from sops.models import PointKind

TAP_HEADER = "X-Tap"


def _round(pk: int) -> Round:
    return get_object_or_404(
        Round.objects.select_related(
            "area", "shift", "crew", "revision", "revision__sop", "revision__sop__process", "plan"
        ).with_progress(),
        pk=pk,
    )


def card_url(round_: Round, card: Card | None, **more: str) -> str:
    """The address of one card; without a card that of the round, which opens the first one left."""
    url = reverse("observations:round", args=[round_.pk])
    query = {"cell": str(card.place), "point": card.point.code} if card is not None else {}
    query |= more
    return f"{url}?{urlencode(query)}" if query else url


@require_GET
@never_cache
@login_required
def round_(request: HttpRequest, pk: int) -> HttpResponse:
    """The card in the address, else the first one left, else what the round came to. htmx gets the walk alone."""
    found = _round(pk)
    walk = Walk(found)
    card = _asked(request, walk)
    if card is None and "all" not in request.GET:
        card = walk.next_open()
    person, now = person_of(request), timezone.now()
    stored = _own_stored(request.GET.get("stored", ""), walk, person)
    context = walk_context(walk, card, person=person, now=now, stored=stored)
    template = "observations/inc/walk.html" if is_htmx(request) else "observations/round.html"
    return render(request, template, context)


@require_POST
@never_cache
@login_required
def tap(request: HttpRequest, pk: int) -> HttpResponse:
    """Store one tap. The page gets the next card, the device's own script gets JSON, plain forms go on to the card."""
    found = _round(pk)
    person, now = person_of(request), timezone.now()
    require(person, Capability.OBSERVE, found.area)
    walk = Walk(found)
    card = _asked(request, walk, source="POST")
    try:
        if card is None:
            raise BadPlace
        said = read_tap(request.POST.dict(), now=now)
        recorded = observation_record(
            id=said.id,
            point=card.point,
            result=_result(said, card),
            value=said.value,
            reason=said.reason,
            note=said.note,
            round=found,
            equipment=card.target,
            observer=person,
            observed_at=said.observed_at,
            now=now,
        )
    except Refused as refusal:
        return _refused(request, walk, card, refusal, person=person, now=now)
    fact = recorded.observation
    if wants_json(request):
        return JsonResponse({"id": str(fact.pk), "new": recorded.is_new})
    walk = Walk(found)
    after = walk.card(card.place, card.point.code)
    # A "no" stays, so that a photo can be taken; everything else goes on by itself.
    stays = fact.result == Result.NOT_OK
    shown = after if stays else walk.next_open(after)
    if not is_htmx(request):
        return redirect(card_url(found, shown, stored=str(fact.pk)))
    response = render(
        request,
        "observations/inc/walk.html",
        walk_context(walk, shown, person=person, now=now, stored=fact),
    )
    response[TAP_HEADER] = "stored"
    response["HX-Replace-Url"] = card_url(found, shown)
    return response


@require_POST
@never_cache
@login_required
def undo(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """Take back one's own tap within the shift; its card is open again."""
    fact = get_object_or_404(Observation.objects.select_related("round", "shift", "point"), pk=fact_id)
    person, now = person_of(request), timezone.now()
    require(person, Capability.OBSERVE, fact.area_id)
    try:
        recorded = observation_withdraw(id=read_id(request.POST.get("id", "")), supersedes=fact, actor=person, now=now)
    except Refused as refusal:
        if wants_json(request):
            return _json_refusal(refusal)
        return render(request, "observations/refused.html", {"message": refusal.message, "fact": fact}, status=409)
    if wants_json(request):
        return JsonResponse({"id": str(recorded.observation.pk), "new": recorded.is_new})
    if fact.round is None:
        return redirect("observations:observation", fact_id=recorded.observation.pk)
    found = _round(fact.round.pk)
    walk = Walk(found)
    card = next(
        (
            card
            for card in walk.cards
            if card.point.pk == fact.point_id and (card.target.pk if card.target else None) == fact.equipment_id
        ),
        None,
    )
    if not is_htmx(request):
        return redirect(card_url(found, card))
    context = walk_context(walk, card, person=person, now=now, undone=True)
    response = render(request, "observations/inc/walk.html", context)
    response[TAP_HEADER] = "stored"
    response["HX-Replace-Url"] = card_url(found, card)
    return response


def walk_context(
    walk: Walk,
    card: Card | None,
    *,
    person: User,
    now: dt.datetime,
    stored: Observation | None = None,
    undone: bool = False,
    refusal: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Everything that a card's fragment shows."""
    found = walk.round
    access = access_of(person, now=now)
    can_observe = access.can(Capability.OBSERVE, found.area_id)
    context: dict[str, Any] = {
        "round": found,
        "walk": walk,
        "card": card,
        "state": round_state(found, now),
        "states": RoundState,
        "can_observe": can_observe,
        "stored": stored,
        "stored_undo": stored is not None and may_undo(person, stored, now=now),
        "undone": undone,
        "error": refusal,
        "typed": typed or {},
        "tap_id": uuid.uuid4(),
        "now": now,
    }
    if card is None:
        return context | _summary(walk, access_area_now=can_observe, now=now, person=person)
    cell = walk.cell(card.place)
    fact = card.fact
    return context | {
        "cell": cell,
        "before": walk.cell(card.place - 1),
        "after": walk.cell(card.place + 1),
        "go_on": walk.next_open(card),
        "reasons": Reason.objects.filter(Q(point=None) | Q(point=card.point), active=True),
        "last": last_here(card),
        "can_undo": fact is not None and may_undo(person, fact, now=now),
        "is_own": fact is not None and fact.observer_id == person.pk,
    }


def _summary(walk: Walk, *, access_area_now: bool, now: dt.datetime, person: User) -> dict[str, Any]:
    """What the round came to, and the next one that is owed here."""
    offered = None
    if access_area_now:
        tree = access_of(person, now=now).tree
        board = shift_board(walk.round.area, shift=shift_at(now), tree=tree, now=now)
        offered = next((line for line in [*board.late, *board.now] if line.round.pk != walk.round.pk), None)
    return {
        "offered": offered,
        "counts": {
            "ok": sum(card.state == Result.OK for card in walk.cards),
            "not_ok": len(walk.not_ok),
            "na": sum(card.state == Result.NOT_APPLICABLE for card in walk.cards),
            "left": walk.total - walk.done,
        },
    }


def _asked(request: HttpRequest, walk: Walk, source: str = "GET") -> Card | None:
    """The card that the address or the form names; None where it names none."""
    data = request.POST if source == "POST" else request.GET
    place, code = data.get("cell", ""), data.get("point", "")
    if not place.isascii() or not place.isdigit() or len(place) > 6:
        return None
    if code:
        return walk.card(int(place), code)
    cell = walk.cell(int(place))
    return (cell.first_open or cell.cards[0]) if cell is not None else None


def _result(said: Tap, card: Card) -> str | None:
    """What was answered: a number says itself what it is, and a reason alone is a "no"."""
    if said.result is None and said.reason is not None and card.point.kind == PointKind.YES_NO:
        return Result.NOT_OK
    return said.result if said.result != "value" else None


def _own_stored(text: str, walk: Walk, person: User) -> Observation | None:
    """The fact that a plain form just stored, named in the address."""
    return next((fact for fact in walk.facts.values() if str(fact.pk) == text and fact.observer_id == person.pk), None)


def _json_refusal(refusal: Refused) -> JsonResponse:
    status = 409 if isinstance(refusal, DifferentContent) else 422
    return JsonResponse({"message": str(refusal.message), "field": refusal.field}, status=status)


def _refused(
    request: HttpRequest, walk: Walk, card: Card | None, refusal: Refused, *, person: User, now: dt.datetime
) -> HttpResponse:
    """Tell at the card what is wrong, with what was typed still in it."""
    if wants_json(request):
        return _json_refusal(refusal)
    typed = {name: request.POST.get(name, "") for name in ("value", "note", "reason")}
    context = walk_context(walk, card, person=person, now=now, refusal=refusal, typed=typed)
    conflict = isinstance(refusal, DifferentContent)
    template = "observations/inc/walk.html" if is_htmx(request) else "observations/round.html"
    response = render(request, template, context, status=409 if conflict else 200)
    response[TAP_HEADER] = "refused"
    return response

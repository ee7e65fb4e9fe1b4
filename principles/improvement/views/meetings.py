"""Meetings: opened, gone through matter by matter, ended; and the list of those that were held."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.improvement.forms import ActionForm, CloseForm, MoveForm, VerifyForm, refusal_to_form
from principles.improvement.forms_meetings import AttendForm, EndForm, MatterForm, MeetingForm
from principles.improvement.meeting_pages import Matter, Room, counts_of, matter_of, matters_of, offered_units
from principles.improvement.meeting_refusals import ChangedMeanwhile, MeetingRuns
from principles.improvement.models import Action, Arena, ItemOutcome, Meeting, MeetingItem
from principles.improvement.names import shown_name
from principles.improvement.permissions import may_manage, may_move, may_plan, require_role
from principles.improvement.refusals import ClosingRefused, Refused
from principles.improvement.services import meetings as services
from principles.teams.calendars import production_date
from principles.teams.context import current_unit
from principles.teams.http import HttpRequest
from principles.teams.models import Unit
from principles.teams.permissions import Capability, require, require_somewhere

PER_PAGE = 40


@require_GET
@login_required
def meetings(request: HttpRequest) -> HttpResponse:
    """Meetings of a unit and everything below it, newest first; `?arena=` keeps one kind, `?unit=` another unit."""
    access = require_role(request.user)
    unit = current_unit(request)
    arena = request.GET.get("arena", "")
    arena = arena if arena in Arena.values else ""
    places = [unit.pk, *access.tree.descendants(unit.pk)] if unit is not None else []
    found = Meeting.objects.filter(unit__in=places).select_related("unit", "opened_by")
    if arena:
        found = found.filter(arena=arena)
    page = Paginator(found.order_by("-held_on", "-opened_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    counts = counts_of(page.object_list)
    context = {
        "unit": unit,
        "units": offered_units(access),
        "arena": arena,
        "arenas": Arena.choices,
        "page_obj": page,
        "rows": [
            (one, counts[one.pk], shown_name(access, one.opened_by, one.unit_id, reader=request.user)) for one in page
        ],
        "can_open": access.can_somewhere(Capability.RUN_MEETINGS),
    }
    return render(request, "improvement/meetings.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Open a meeting; `?unit=` and `?arena=` choose before."""
    require_somewhere(request.user, Capability.RUN_MEETINGS)
    access, now = require_role(request.user), timezone.now()
    units = Unit.objects.open_on(access.tree.date).with_figures()
    units = units.filter(pk__in=access.units(Capability.RUN_MEETINGS)).order_by("position", "code")
    here = current_unit(request)
    asked = request.GET.get("arena", "")
    initial = {
        "arena": asked if asked in Arena.values else Arena.MORNING,
        "unit": here.code if here is not None else None,
        "held_on": production_date(now),
    }
    form = MeetingForm(request.POST or None, units=units, today=production_date(now), initial=initial)
    running = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.meeting_open(**form.cleaned_data, actor=request.user, now=now)
        except MeetingRuns as refusal:
            running = refusal.meeting
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            return redirect("improvement:meeting", made.pk)
    return render(request, "improvement/meeting_new.html", {"form": form, "running": running})


@require_GET
@login_required
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting: who is there, and matter by matter what was asked, answered, confirmed and decided."""
    return meeting_page(request, room_of(request, pk))


@require_POST
@login_required
def meeting_matter(request: HttpRequest, pk: int) -> HttpResponse:
    """Take up something new."""
    room = led(request, pk)
    form = MatterForm(request.POST)
    if not form.is_valid():
        return meeting_page(request, room, matter_form=form)
    try:
        item = services.item_add(meeting=room.meeting, actor=request.user, **form.cleaned_data)
    except Refused as refusal:
        return refused(request, room, "matters", refusal)
    return redirect(place(room, f"item-{item.pk}"))


@require_http_methods(["GET", "POST"])
@login_required
def meeting_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One matter by itself, as stored now; a POST stores what was said on it."""
    room, item = _item(request, pk)
    if request.method == "GET":
        return _item_answer(request, room, item)
    if not (room.holds_lead or room.is_there):
        raise PermissionDenied
    form = room.form_of(item, request.POST)
    if not form.is_valid():
        return _item_answer(request, room, item, form=form)
    try:
        services.item_save(
            item=item, said=form.said(), read=form.read(), actor=request.user, own_only=not room.holds_lead
        )
    except ChangedMeanwhile as refusal:
        fresh = _fresh(item)
        again = room.form_of(fresh, room.form_of(fresh, request.POST).rebased())
        again.is_valid()
        again.add_error(None, str(refusal.message))
        return _item_answer(request, room, fresh, form=again, stored=again.stored(refusal.fields))
    except Refused as refusal:
        refusal_to_form(form, refusal)
        return _item_answer(request, room, item, form=form)
    return _item_stored(request, room, item)


@require_POST
@login_required
def meeting_item_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry a matter on to the next meeting, or lift it to the arena above."""
    room, item = _item(request, pk)
    _leading(room)
    outcome = request.POST.get("outcome", "")
    try:
        if outcome == ItemOutcome.ESCALATED:
            services.item_escalate(item=item, actor=request.user, now=timezone.now())
        else:
            services.item_carry(item=item, actor=request.user)
    except Refused as refusal:
        return refused(request, room, f"item-{item.pk}", refusal)
    return _item_stored(request, room, item)


@require_POST
@login_required
def meeting_item_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the matter's deviation through its gate, in the presence of those on the list."""
    room, item = _item(request, pk)
    _leading(room)
    if item.deviation is None:
        raise Http404
    if not may_manage(room.access, item.deviation):
        raise PermissionDenied
    form = CloseForm(request.POST)
    del form.fields["version"]
    if form.is_valid():
        try:
            services.item_deviation_close(
                item=item, words=form.cleaned_data["words"], actor=request.user, now=timezone.now()
            )
        except ClosingRefused as refusal:
            return _item_answer(request, room, item, close_form=form, obstacles=refusal.reasons)
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            return _item_stored(request, room, item)
    return _item_answer(request, room, item, close_form=form)


@require_http_methods(["GET", "POST"])
@login_required
def meeting_item_action(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an action of what was decided: a form in the matter, or a page of its own."""
    room, item = _item(request, pk)
    _leading(room)
    unit = _action_unit(item)
    if not may_plan(room.access, unit):
        raise PermissionDenied
    initial = {"title": item.decision[:200], "dimension": item.deviation.dimension if item.deviation else "quality"}
    form = ActionForm(request.POST or None, unit=unit, tree=room.access.tree, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.item_action_add(
                item=item,
                unit=unit,
                equipment=item.deviation.equipment if item.deviation is not None else None,
                actor=request.user,
                now=timezone.now(),
                **form.said(),
            )
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            return _item_stored(request, room, item)
    context = {"form": form, "item": item, "meeting": room.meeting, "unit": unit, "back": place(room, f"item-{pk}")}
    if not request.headers.get("HX-Request"):
        return render(request, "improvement/meeting_action.html", context)
    answer = render(request, "improvement/meeting_action.html#form", context)
    # The form alone is shown (again): what is written on the matter beside it stays.
    answer["HX-Retarget"], answer["HX-Reswap"] = f"#item-{item.pk}-new", "innerHTML"
    return answer


@require_POST
@login_required
def meeting_item_move(request: HttpRequest, pk: int, action_pk: int) -> HttpResponse:
    """Take an action of the matter on in its loop, or say what its effect is, as the meeting heard."""
    room, item = _item(request, pk)
    action = get_object_or_404(_actions_of(item), pk=action_pk)
    if not (room.holds_lead or room.is_there) or not may_move(room.access, request.user, action):
        raise PermissionDenied
    is_verdict = "verdict" in request.POST
    if is_verdict and not may_plan(room.access, action.unit_id):
        raise PermissionDenied
    form: forms.Form = VerifyForm(request.POST) if is_verdict else MoveForm(request.POST)
    if form.is_valid():
        change = services.item_effect_verify if is_verdict else services.item_action_move
        try:
            change(item=item, action=action, actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            refusal_to_form(form, refusal)
        else:
            return _item_stored(request, room, item)
    return _item_answer(request, room, item, move_forms={action.pk: form})


@require_POST
@login_required
def meeting_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End the meeting; what was not taken up comes along to the next one."""
    room = led(request, pk)
    form = EndForm(request.POST)
    if not form.is_valid():
        return meeting_page(request, room, end_form=form)
    try:
        services.meeting_end(meeting=room.meeting, actor=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        return refused(request, room, "end", refusal)
    messages.success(request, _("The meeting has ended. What was not taken up comes along to the next one."))
    return redirect("improvement:meeting", pk)


def room_of(request: HttpRequest, pk: int) -> Room:
    """The meeting as the person meets it. Raises Http404, PermissionDenied."""
    found = get_object_or_404(Meeting.objects.select_related("unit", "opened_by"), pk=pk)
    return Room.of(found, access=require_role(request.user), reader=request.user)


def led(request: HttpRequest, pk: int) -> Room:
    """The meeting, for who may lead it. Raises PermissionDenied."""
    room = room_of(request, pk)
    require(request.user, Capability.RUN_MEETINGS, room.meeting.unit_id)
    return room


def _leading(room: Room) -> None:
    if not room.holds_lead:
        raise PermissionDenied


def _item(request: HttpRequest, pk: int) -> tuple[Room, MeetingItem]:
    item = get_object_or_404(_ITEMS, pk=pk)
    return room_of(request, item.meeting_id), item


_ITEMS = MeetingItem.objects.select_related(
    "meeting", "deviation__unit", "deviation__equipment", "deviation__owner", "action__unit", "action__owner",
    "answered_by", "confirmed_by",
)  # fmt: skip


def _fresh(item: MeetingItem) -> MeetingItem:
    return _ITEMS.get(pk=item.pk)


def _actions_of(item: MeetingItem) -> Any:
    """The actions that may be moved on in a matter: its own, its deviation's, and those that came out of it."""
    mine = Q(meeting_item=item) | Q(pk=item.action_id)
    if item.deviation_id is not None:
        mine |= Q(deviation=item.deviation_id)
    return Action.objects.filter(mine)


def _action_unit(item: MeetingItem) -> Unit:
    if item.deviation is not None:
        return item.deviation.unit
    return item.action.unit if item.action is not None else Unit.objects.get(pk=item.meeting.unit_id)


def _crumbs(meeting: Meeting) -> list[dict[str, str]]:
    held = f"{reverse('improvement:meetings')}?{urlencode({'unit': meeting.unit.code})}"
    return [
        {"label": _("Meetings"), "url": held},
        {"label": meeting.unit.name, "url": held},
        {"label": meeting.get_arena_display(), "url": ""},
    ]


def place(room: Room, anchor: str) -> str:
    """The address of a part of the meeting's page."""
    return f"{reverse('improvement:meeting', args=[room.meeting.pk])}#{anchor}"


def refused(request: HttpRequest, room: Room, anchor: str, refusal: Refused) -> HttpResponse:
    """Say why not, on the page as it stands now."""
    messages.error(request, str(refusal.message))
    if request.headers.get("HX-Request"):
        # Only the page shows messages: it is loaded anew.
        answer = HttpResponse()
        answer["HX-Refresh"] = "true"
        return answer
    return redirect(place(room, anchor))


def _item_stored(request: HttpRequest, room: Room, item: MeetingItem) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _item_answer(request, room, _fresh(item), just_stored=True)
    return redirect(place(room, f"item-{item.pk}"))


def _item_answer(request: HttpRequest, room: Room, item: MeetingItem, **changed: Any) -> HttpResponse:
    """The matter as a fragment; without htmx the whole page with this matter as it was sent."""
    matter = matter_of(room, item, **changed)
    if request.headers.get("HX-Request"):
        context = {"room": room, "meeting": room.meeting, "matter": matter}
        return render(request, "improvement/inc/meeting_item.html", context)
    return meeting_page(request, room, instead=matter)


def meeting_page(request: HttpRequest, room: Room, *, instead: Matter | None = None, **sent: Any) -> HttpResponse:
    """The whole page; `instead` is a matter as it was sent, `sent` are forms as they were sent."""
    matters = matters_of(room, _ITEMS.filter(meeting=room.meeting).order_by("position", "pk"), instead=instead)
    unit, tree = room.meeting.unit, room.access.tree
    context = {
        "room": room,
        "meeting": room.meeting,
        "crumbs": _crumbs(room.meeting),
        "matters": matters,
        "counts": {
            "all": len(matters),
            "taken_up": sum(one.item.outcome != ItemOutcome.WAITING for one in matters),
        },
        "attend_form": AttendForm(unit=unit, tree=tree) if room.leads else None,
        "matter_form": MatterForm() if room.leads else None,
        "end_form": EndForm(initial={"note": room.meeting.note}) if room.leads else None,
    }
    return render(request, "improvement/meeting.html", context | sent)

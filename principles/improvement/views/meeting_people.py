"""Who is at a meeting: put on the list and taken off it, with everything that is being written left as it stands."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from principles.improvement.forms_meetings import AttendForm
from principles.improvement.meeting_pages import Room
from principles.improvement.models import Attendance
from principles.improvement.refusals import Refused
from principles.improvement.services import meetings as services
from principles.improvement.views.meetings import led, meeting_page, place, refused, room_of
from principles.teams.http import HttpRequest
from principles.teams.models import User


@require_POST
@login_required
def meeting_attend(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that somebody is there."""
    room = led(request, pk)
    form = AttendForm(request.POST, unit=room.meeting.unit, tree=room.access.tree)
    if not form.is_valid():
        if request.headers.get("HX-Request"):
            return _people(request, room, attend_form=form)
        return meeting_page(request, room, attend_form=form)
    person: User = form.cleaned_data["person"]
    was_there = any(one.person_id == person.pk for one in room.attendances)
    try:
        services.attend(meeting=room.meeting, actor=request.user, **form.cleaned_data)
    except Refused as refusal:
        return refused(request, room, "people", refusal)
    return _changed(request, room, **({} if was_there else {"come": person}))


@require_POST
@login_required
def meeting_unattend(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody off the list who was not there."""
    attendance = get_object_or_404(Attendance.objects.select_related("person", "meeting"), pk=pk)
    room = led(request, attendance.meeting_id)
    try:
        services.unattend(attendance=attendance, actor=request.user)
    except Refused as refusal:
        return refused(request, room, "people", refusal)
    return _changed(request, room, gone=attendance.person)


def _changed(request: HttpRequest, room: Room, **who: User) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect(place(room, "people"))
    return _people(request, room_of(request, room.meeting.pk), **who)


def _people(request: HttpRequest, room: Room, **more: Any) -> HttpResponse:
    """The list alone. Who has come (`come`) or is not there (`gone`) is offered in every matter accordingly."""
    context = {
        "room": room,
        "meeting": room.meeting,
        "attend_form": AttendForm(unit=room.meeting.unit, tree=room.access.tree),
        "has_matters": room.meeting.items.exists(),
    }
    return render(request, "improvement/inc/meeting_people.html", context | more)

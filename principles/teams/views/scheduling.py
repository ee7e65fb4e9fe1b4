"""The rota by month and the shift calendar: to read for everybody, to change for the whole plant's leaders."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amps import periods
from principles.teams import calendars
from principles.teams import rota as rotas
from principles.teams.forms.scheduling import CalendarForm, MonthForm, RotaForm, StartsForm, starts_given
from principles.teams.http import HttpRequest
from principles.teams.models import Rota, ShiftCalendar
from principles.teams.permissions import Capability, access_of, require_everywhere
from principles.teams.schedule_pages import odd_nights, rota_month
from principles.teams.services import scheduling as services

_GAPS_NAMED = 4


@require_GET
@login_required
def rota(request: HttpRequest) -> HttpResponse:
    """A month of crews and shifts, and the rotas behind it; `?month=2026-11`."""
    access = access_of(request.user)
    today = access.tree.date
    rows = [(row, calendars.as_rota(row)) for row in Rota.objects.order_by("-valid_from")]
    valid = rotas.rota_on([plain for _row, plain in rows], today)
    context = {
        "month": rota_month(MonthForm(request.GET).first_day(today), today=today),
        "rotas": [
            {
                "row": row,
                "hours": float(rotas.hours_per_week(plain)),
                "is_coming": row.valid_from > today,
                "is_valid": plain is valid,
            }
            for row, plain in rows
        ],
        "today": today,
        "can_edit": access.can_everywhere(Capability.EDIT_CALENDAR),
    }
    return render(request, "teams/rota.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def rota_new(request: HttpRequest) -> HttpResponse:
    """Plan a rota from a coming date on."""
    require_everywhere(request.user, Capability.EDIT_CALENDAR)
    now = timezone.now()
    form = RotaForm(request.POST or None, initial=_rota_to_start_from(services.earliest_change(now=now)))
    if request.method == "POST" and form.is_valid():
        try:
            services.rota_change(**form.rota_arguments(), actor=request.user, now=now)
        except services.NotCovered as refusal:
            form.add_error("pattern", _gap_words(refusal.gaps))
        except services.UnknownCrews as refusal:
            form.add_error("crews", _("No crew in use is called: %(crews)s.") % {"crews": ", ".join(refusal.codes)})
        except rotas.RotaError:
            form.add_error("pattern", _("The pattern has letters that are no shift, or it is empty."))
        except (services.NotComing, services.ShiftsInUse) as refusal:
            form.add_error("valid_from", _date_words(refusal))
        else:
            messages.success(request, _("The rota applies from %(date)s.") % {"date": _day(form, "valid_from")})
            return redirect("teams:rota")
    return render(request, "teams/rota_new.html", {"form": form, "patterns": rotas.PATTERNS})


@require_POST
@login_required
def rota_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a rota that has not begun."""
    found = get_object_or_404(Rota, pk=pk)
    require_everywhere(request.user, Capability.EDIT_CALENDAR)
    try:
        services.rota_withdraw(rota=found, actor=request.user, now=timezone.now())
    except (services.NotComing, services.ShiftsInUse):
        messages.error(request, _("It has begun, or rounds are made by it; plan another one instead."))
    else:
        messages.success(request, _("The planned rota is taken back."))
    return redirect("teams:rota")


@require_GET
@login_required
def calendar(request: HttpRequest) -> HttpResponse:
    """The calendars with their dates, and the nights when the clocks change."""
    access = access_of(request.user)
    today = access.tree.date
    rows = calendars.calendar_rows()
    known = [calendars.as_calendar(row) for row in rows]
    valid = max((row for row in rows if row.valid_from <= today), key=lambda row: row.valid_from, default=None)
    context = {
        "calendars": [
            {"row": row, "is_valid": row is valid, "is_coming": row.valid_from > today} for row in reversed(rows)
        ],
        "odd_nights": odd_nights(known, start=today - dt.timedelta(days=200), end=today + dt.timedelta(days=400)),
        "uncovered": _letters_without_rota(known, today),
        "today": today,
        "can_edit": access.can_everywhere(Capability.EDIT_CALENDAR),
    }
    return render(request, "teams/calendar.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def calendar_new(request: HttpRequest) -> HttpResponse:
    """Plan a calendar from a coming date on."""
    require_everywhere(request.user, Capability.EDIT_CALENDAR)
    now = timezone.now()
    rows = calendars.calendar_rows()
    initial = {
        "valid_from": services.earliest_change(now=now),
        "zone": rows[-1].zone if rows else "Europe/Oslo",
    }
    form = CalendarForm(request.POST or None, initial=initial)
    starts = StartsForm(request.POST or None, prefix="starts", initial=_starts_to_start_from(rows))
    if request.method == "POST" and form.is_valid() and starts.is_valid():
        try:
            services.calendar_change(
                **form.cleaned_data,
                starts=starts_given(starts),
                actor=request.user,
                now=now,
            )
        except (services.NotComing, services.ShiftsInUse) as refusal:
            form.add_error("valid_from", _date_words(refusal))
        except (periods.PeriodError, ValidationError):
            form.add_error(None, _("The shifts can't be used like this. Look at their starts and letters."))
        else:
            messages.success(request, _("The calendar applies from %(date)s.") % {"date": _day(form, "valid_from")})
            return redirect("teams:calendar")
    return render(request, "teams/calendar_new.html", {"form": form, "starts": starts})


@require_POST
@login_required
def calendar_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a calendar that has not begun."""
    found = get_object_or_404(ShiftCalendar, pk=pk)
    require_everywhere(request.user, Capability.EDIT_CALENDAR)
    try:
        services.calendar_withdraw(calendar=found, actor=request.user, now=timezone.now())
    except (services.NotComing, services.ShiftsInUse):
        messages.error(request, _("It has begun, or rounds are made by it; plan another one instead."))
    else:
        messages.success(request, _("The planned calendar is taken back."))
    return redirect("teams:calendar")


def _rota_to_start_from(earliest: dt.date) -> dict[str, Any]:
    newest = Rota.objects.order_by("-valid_from").first()
    if newest is None:
        return {"valid_from": earliest, "anchor": earliest, "pattern": "MMAANN----", "offset": 2}
    return {
        "valid_from": earliest,
        "pattern": newest.pattern,
        "anchor": newest.anchor,
        "offset": newest.offset,
        "crews": " ".join(newest.crews),
    }


def _starts_to_start_from(rows: list[ShiftCalendar]) -> list[dict[str, Any]]:
    if not rows:
        usual = [("M", "Morgen", "Morning", 6), ("A", "Ettermiddag", "Afternoon", 14), ("N", "Natt", "Night", 22)]
        return [{"code": c, "name_nb": nb, "name_en": en, "at": dt.time(hour)} for c, nb, en, hour in usual]
    return [
        {"code": start.code, "name_nb": start.name_nb, "name_en": start.name_en, "at": start.at}
        for start in rows[-1].starts.all()
    ]


def _letters_without_rota(known: list[periods.Calendar], today: dt.date) -> list[str]:
    """Shifts of the calendar in force that the rota in force knows no letter for."""
    valid = rotas.rota_on(calendars.rotas(), today)
    if not known or valid is None:
        return []
    return [start.code for start in periods.calendar_on(known, today).starts if start.code not in valid.pattern]


def _gap_words(gaps: list[rotas.CoverageGap]) -> str:
    named = ", ".join(
        _("%(letter)s on %(date)s (%(crews)s)")
        % {
            "letter": gap.letter,
            "date": formats.date_format(gap.date, "SHORT_DATE_FORMAT"),
            "crews": " + ".join(gap.crews) or _("nobody"),
        }
        for gap in gaps[:_GAPS_NAMED]
    )
    return ngettext(
        "%(count)s shift of the cycle does not have exactly one crew: %(named)s.",
        "%(count)s shifts of the cycle do not have exactly one crew, first: %(named)s.",
        len(gaps),
    ) % {"count": len(gaps), "named": named}


def _date_words(refusal: services.NotComing | services.ShiftsInUse) -> str:
    date = {"date": formats.date_format(refusal.earliest)}
    if isinstance(refusal, services.ShiftsInUse):
        return _("Rounds are made for shifts of that date already. The first date without any is %(date)s.") % date
    return _("No day that has begun can change. The first date possible is %(date)s.") % date


def _day(form: CalendarForm | RotaForm, name: str) -> str:
    return formats.date_format(form.cleaned_data[name])

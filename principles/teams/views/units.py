"""The unit tree and its units: to read for everybody, to change for whoever may there."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.teams.forms.units import CloseForm, MoveForm, NewUnitForm, UnitForm
from principles.teams.http import HttpRequest
from principles.teams.models import RoleAssignment, Unit, UnitKind
from principles.teams.people import reach_of_names
from principles.teams.permissions import Access, Capability, access_of, require
from principles.teams.services import units as services
from principles.teams.unit_pages import crumbs_of, outline, units_in_order

_MOST_CHILDREN_NAMED = 6


@require_GET
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """The place's own address leads to its first page."""
    return redirect("teams:units")


@require_GET
@login_required
def units(request: HttpRequest) -> HttpResponse:
    """The whole tree, folded; `?q=` keeps what matches and the way to it, `?closed=1` also what is out of use."""
    access = access_of(request.user)
    query = request.GET.get("q", "").strip()[:100]
    is_closed_shown = request.GET.get("closed") == "1"
    tree = outline(access.tree, query=query, with_closed=is_closed_shown)
    context = {
        "tree": tree,
        "query": query,
        "is_closed_shown": is_closed_shown,
        "counts": tree.counts,
        "can_add": access.can_somewhere(Capability.EDIT_UNITS),
    }
    return render(request, "teams/units.html", context)


@require_GET
@login_required
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: where it stands, what stands under it, who holds which role, where it stood before."""
    found = get_object_or_404(Unit, code=code)
    access = access_of(request.user)
    tree = access.tree
    parent_id = tree.parent(found.pk)
    can_edit = access.can(Capability.EDIT_UNITS, found)
    children = Unit.objects.filter(pk__in=tree.children(found.pk))
    context = {
        "unit": found,
        "crumbs": crumbs_of(tree, found),
        "parent": Unit.objects.filter(pk=parent_id).first() if parent_id is not None else None,
        "children": children.open_on(tree.date),
        "closed_children": children.filter(closed__lte=tree.date),
        "roles": _roles_in(found, access),
        "placements": found.placements.select_related("parent").order_by("-valid_from"),
        "today": tree.date,
        "is_closed": found.closed is not None and found.closed <= tree.date,
        "is_closing": found.closed is not None and found.closed > tree.date,
        "can_edit": can_edit,
        "can_place": may_place(access, found),
        "can_add": can_edit and found.kind != UnitKind.EQUIPMENT,
    }
    return render(request, "teams/unit.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def unit_new(request: HttpRequest) -> HttpResponse:
    """Take a new unit into use; `?parent=` chooses where."""
    access = access_of(request.user)
    if not access.can_somewhere(Capability.EDIT_UNITS):
        raise PermissionDenied(_("New units are for area leaders and administrators."))
    initial = {"parent": request.GET.get("parent", ""), "opened": access.tree.date}
    form = NewUnitForm(request.POST or None, initial=initial)
    field = form.fields["parent"]
    field.required = not access.can_everywhere(Capability.EDIT_UNITS)
    field.offer(_places(access))  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        parent = form.cleaned_data["parent"]
        if parent is not None:
            require(request.user, Capability.EDIT_UNITS, parent)
        try:
            made = services.unit_create(**form.cleaned_data, actor=request.user, now=timezone.now())
        except services.WrongPlace:
            form.add_error("parent", _("A unit of this kind can't stand there. Each level stands under a higher one."))
        except services.TooEarly as refusal:
            form.add_error("opened", _earliest(refusal.earliest))
        except services.ClosedThen:
            form.add_error("parent", _("The unit above is out of use on that date."))
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(unit)s is in the tree.") % {"unit": made})
            return redirect("teams:unit", code=made.code)
    return render(request, "teams/unit_new.html", {"form": form})


@require_http_methods(["GET", "POST"])
@login_required
def unit_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a unit's names, type and order."""
    found = _own_unit(request, code)
    form = UnitForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        services.unit_edit(
            unit=found,
            name_en=data["name_en"],
            name_nb=data["name_nb"],
            equipment_type=data.get("equipment_type", ""),
            position=data["position"],
            actor=request.user,
        )
        messages.success(request, _("Saved."))
        return redirect("teams:unit", code=code)
    return render(request, "teams/unit_edit.html", {"form": form, "unit": Unit.objects.get(pk=found.pk)})


@require_http_methods(["GET", "POST"])
@login_required
def unit_move(request: HttpRequest, code: str) -> HttpResponse:
    """Let a unit stand under another one from a date on."""
    found = _placed_unit(request, code)
    access = access_of(request.user)
    earliest = services.earliest_move(found, now=timezone.now())
    form = MoveForm(request.POST or None, initial={"valid_from": earliest})
    under = {found.pk, *access.tree.descendants(found.pk)}
    field = form.fields["parent"]
    field.offer([(place, level) for place, level in _places(access) if place.pk not in under])  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            services.unit_move(
                unit=found,
                parent=form.cleaned_data["parent"],
                valid_from=form.cleaned_data["valid_from"],
                actor=request.user,
                now=timezone.now(),
            )
        except services.WrongPlace:
            form.add_error("parent", _("A unit of this kind can't stand there. Each level stands under a higher one."))
        except services.Loop:
            form.add_error("parent", _("It would stand under itself."))
        except services.NotMoved:
            form.add_error("parent", _("It stands there already."))
        except services.ClosedThen:
            form.add_error("parent", _("The unit above is out of use on that date."))
        except services.TooEarly as refusal:
            form.add_error("valid_from", _earliest(refusal.earliest))
        else:
            messages.success(request, _("The new place is noted. What happened before stays where it was."))
            return redirect("teams:unit", code=code)
    context = {"form": form, "unit": found, "earliest": earliest}
    return render(request, "teams/unit_move.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def unit_close(request: HttpRequest, code: str) -> HttpResponse:
    """Take a unit out of use from a date on, after a look at what it means."""
    found = _placed_unit(request, code)
    tomorrow = access_of(request.user).tree.date + dt.timedelta(days=1)
    form = CloseForm(request.POST or None, initial={"closed": tomorrow})
    children = services.open_children(found, tomorrow)
    if request.method == "POST" and form.is_valid():
        try:
            services.unit_close(unit=found, closed=form.cleaned_data["closed"], actor=request.user, now=timezone.now())
        except services.TooEarly as refusal:
            form.add_error("closed", _earliest(refusal.earliest))
        except services.OpenChildren as refusal:
            form.add_error("closed", _still_open(refusal.children))
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(unit)s goes out of use.") % {"unit": found})
            return redirect("teams:unit", code=code)
    context = {"form": form, "unit": found, "children": children, "roles": _roles_in(found, access_of(request.user))}
    return render(request, "teams/unit_close.html", context)


@require_POST
@login_required
def unit_reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Take back a closing that has not come."""
    found = _placed_unit(request, code)
    try:
        services.unit_reopen(unit=found, actor=request.user, now=timezone.now())
    except services.TooEarly:
        messages.error(request, _("It is out of use already."))
    else:
        messages.success(request, _("%(unit)s stays in use.") % {"unit": found})
    return redirect("teams:unit", code=code)


def may_place(access: Access, unit: Unit) -> bool:
    """Whether a person may move or close a unit: decided by who leads what is above it."""
    parent = access.tree.parent(unit.pk)
    if parent is None:
        return access.can_everywhere(Capability.EDIT_UNITS) and access.can(Capability.EDIT_UNITS, unit)
    return access.can(Capability.EDIT_UNITS, parent)


def _own_unit(request: HttpRequest, code: str) -> Unit:
    found = get_object_or_404(Unit, code=code)
    require(request.user, Capability.EDIT_UNITS, found)
    return found


def _placed_unit(request: HttpRequest, code: str) -> Unit:
    found = get_object_or_404(Unit, code=code)
    if not may_place(access_of(request.user), found):
        raise PermissionDenied(_("Moving and closing is for whoever leads the unit above."))
    return found


def _places(access: Access) -> list[tuple[Unit, int]]:
    """Units that another one can be put under by this person."""
    reach = access.units(Capability.EDIT_UNITS)
    kinds = [kind for kind in UnitKind if kind != UnitKind.EQUIPMENT]
    return [(unit, level) for unit, level in units_in_order(access.tree, kinds) if unit.pk in reach]


def _roles_in(unit: Unit, access: Access) -> QuerySet[RoleAssignment] | None:
    """Who holds a role in the unit itself today; None where the person may not see names."""
    if unit.pk not in reach_of_names(access):
        return None
    held = RoleAssignment.objects.filter(unit=unit).held_on(access.tree.date)
    return held.select_related("person", "person__crew").order_by("role", "person__name")


def _earliest(date: dt.date) -> str:
    return _("The first date possible is %(date)s.") % {"date": formats.date_format(date)}


def _still_open(children: list[Unit]) -> str:
    names = ", ".join(str(child) for child in children[:_MOST_CHILDREN_NAMED])
    if len(children) > _MOST_CHILDREN_NAMED:
        more = len(children) - _MOST_CHILDREN_NAMED
        return _("Still in use under it: %(names)s and %(more)s more. Close or move them first.") % {
            "names": names,
            "more": more,
        }
    return _("Still in use under it: %(names)s. Close or move them first.") % {"names": names}

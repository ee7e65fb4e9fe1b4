"""The register: who supplies whom with what, whether or not anything has been agreed upon."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.agreements.forms.register import EndForm, NeedForm, NewRelationshipForm, PartyForm, RelationshipForm
from principles.agreements.models import (
    Criticality,
    ExternalParty,
    Need,
    RegisterConfirmation,
    Relationship,
    RelationshipKind,
)
from principles.agreements.parties import can_for_either, closed_units, may_read
from principles.agreements.reading import Line, LinkState, register_lines
from principles.agreements.services import register as services
from principles.agreements.views.frame import (
    crumbs,
    is_open,
    refusals_shown,
    relationship_or_404,
    relationship_step,
    require_either,
)
from principles.improvement.names import shown_name
from principles.teams.http import HttpRequest
from principles.teams.models import Role, Unit, UnitKind
from principles.teams.permissions import Access, Capability, access_of, require_somewhere
from principles.teams.unit_pages import units_in_order

PARTY_KINDS = (UnitKind.PLANT, UnitKind.UNIT, UnitKind.AREA, UnitKind.SECTION)
_PER_PAGE = 50
_LEADERS = {Role.AREA_LEADER, Role.PLANT_MANAGER}
_RANK = {Criticality.CRITICAL: 0, Criticality.IMPORTANT: 1, Criticality.ORDINARY: 2, "": 3}
_STATES = list(LinkState)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the register is narrowed to."""

    unit: Unit | None
    kind: str
    criticality: str
    state: str
    with_ended: bool

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.unit or self.kind or self.criticality or self.state)


def choice_of(request: HttpRequest) -> Choice:
    """The filters of a request; what is unknown is left out."""
    asked = request.GET
    unit = Unit.objects.filter(code=asked["unit"], kind__in=PARTY_KINDS).first() if asked.get("unit") else None
    kind, criticality, state = (asked.get(name, "") for name in ("kind", "criticality", "state"))
    return Choice(
        unit=unit,
        kind=kind if kind in RelationshipKind.values else "",
        criticality=criticality if criticality in (*Criticality.values, "unjudged") else "",
        state=state if state in (*_STATES, "with", "without") else "",
        with_ended=asked.get("ended") == "1",
    )


def chosen_lines(choice: Choice, access: Access) -> list[Line]:
    """The lines of the register that the filters keep."""
    lines = register_lines(_chosen(choice, access), access)
    if choice.state == "with":
        return [line for line in lines if line.state == LinkState.IN_FORCE]
    if choice.state == "without":
        return [line for line in lines if line.state != LinkState.IN_FORCE]
    return [line for line in lines if choice.state in ("", line.state)]


def _chosen(choice: Choice, access: Access) -> QuerySet[Relationship]:
    found = Relationship.objects.all()
    if not choice.with_ended:
        found = found.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=access.tree.date))
    if choice.unit is not None:
        found = found.of_units([choice.unit.pk, *access.tree.descendants(choice.unit.pk)])
    if choice.kind:
        found = found.filter(kind=choice.kind)
    if choice.criticality:
        found = found.filter(criticality="" if choice.criticality == "unjudged" else choice.criticality)
    return found


@require_GET
@login_required
def register(request: HttpRequest) -> HttpResponse:
    """The register with its gaps, narrowed by unit, kind, criticality and agreement."""
    access = access_of(request.user)
    choice = choice_of(request)
    lines = _sorted(chosen_lines(choice, access), request.GET.get("sort", ""))
    confirmation = None
    if choice.unit is not None:
        confirmation = RegisterConfirmation.objects.filter(unit=choice.unit).select_related("by").first()
    context = {
        "choice": choice,
        "page_obj": Paginator(lines, _PER_PAGE).get_page(request.GET.get("page")),
        "lines": lines,
        "in_force": sum(line.state == LinkState.IN_FORCE for line in lines),
        "gaps": sum(
            line.state != LinkState.IN_FORCE and line.relationship.criticality == Criticality.CRITICAL for line in lines
        ),
        "unjudged": sum(not line.relationship.criticality for line in lines),
        "units": units_in_order(access.tree, PARTY_KINDS),
        "kinds": RelationshipKind.choices,
        "criticalities": [*Criticality.choices, ("unjudged", _("Not judged yet"))],
        "today": access.tree.date,
        "can_add": access.can_somewhere(Capability.EDIT_AGREEMENTS),
        "confirmation": confirmation,
        "confirmed_by": _confirmer(access, confirmation, request),
        "can_confirm": choice.unit is not None and _leads(access, choice.unit),
    }
    return render(request, "agreements/register.html", context)


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    keys = {
        "supplier": lambda line: line.relationship.supplier.name.casefold(),
        "customer": lambda line: line.relationship.customer.name.casefold(),
        "what": lambda line: line.relationship.what.casefold(),
        "kind": lambda line: line.relationship.get_kind_display(),
        "criticality": lambda line: _RANK[line.relationship.criticality],
        "state": lambda line: _STATES.index(line.state),
    }
    key = keys.get(sort.removeprefix("-"))
    if key is None:
        return sorted(lines, key=lambda line: (_RANK[line.relationship.criticality], line.relationship.pk))
    return sorted(lines, key=key, reverse=sort.startswith("-"))


def _leads(access: Access, unit: Unit) -> bool:
    return bool(access.roles_in(unit) & _LEADERS)


def _confirmer(access: Access, confirmation: RegisterConfirmation | None, request: HttpRequest) -> str:
    if confirmation is None:
        return ""
    return shown_name(access, confirmation.by, confirmation.unit_id, reader=request.user)


@require_POST
@login_required
def register_confirm(request: HttpRequest) -> HttpResponse:
    """Its leader says that a unit's part of the register is complete."""
    unit = get_object_or_404(Unit, code=request.POST.get("unit", ""), kind__in=PARTY_KINDS)
    if not _leads(access_of(request.user), unit):
        raise PermissionDenied(_("A unit's part of the register is confirmed by whoever leads the unit."))
    services.register_confirm(unit=unit, actor=request.user, now=timezone.now())
    messages.success(request, _("Noted: our part of the register is complete."))
    return redirect(f"{reverse('agreements:register')}?{urlencode({'unit': unit.code})}")


@require_http_methods(["GET", "POST"])
@login_required
def relationship_new(request: HttpRequest) -> HttpResponse:
    """Add who supplies whom; `?supplier=` and `?customer=` are filled in."""
    access = access_of(request.user)
    require_somewhere(request.user, Capability.EDIT_AGREEMENTS)
    initial = {name: request.GET.get(name, "") for name in ("supplier", "customer")}
    form = NewRelationshipForm(request.POST or None, initial=initial)
    form.offer(units_in_order(access.tree, PARTY_KINDS), list(ExternalParty.objects.filter(active=True)))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        mine = access.units(Capability.EDIT_AGREEMENTS)
        if not any(isinstance(party, Unit) and party.pk in mine for party in (data["supplier"], data["customer"])):
            form.add_error("customer", _("One of the two has to be a unit that you may write for."))
        else:
            with refusals_shown(form):
                made = services.relationship_add(**data, actor=request.user, now=timezone.now())
                messages.success(request, _("It stands in the register."))
                return redirect("agreements:relationship", pk=made.pk)
    steps = crumbs((_("Register"), reverse("agreements:register")), (_("New relationship"), ""))
    return render(request, "agreements/relationship_new.html", {"form": form, "crumbs": steps})


@require_GET
@login_required
def relationship(request: HttpRequest, pk: int) -> HttpResponse:
    """One relationship: needs, its agreements, what to do next."""
    return _relationship_page(request, relationship_or_404(pk), NeedForm())


def _relationship_page(request: HttpRequest, found: Relationship, need_form: NeedForm) -> HttpResponse:
    access = access_of(request.user)
    line = register_lines(Relationship.objects.filter(pk=found.pk), access)[0]
    is_readable = may_read(access, found)
    versions = list(found.agreements.order_by("-version")) if is_readable else []
    context = {
        "relationship": found,
        "line": line,
        "needs": list(found.needs.filter(active=True)),
        "need_form": need_form,
        "versions": [(version, version.state_on(access.tree.date)) for version in versions],
        "is_readable": is_readable,
        "is_over": found.valid_to is not None and found.valid_to <= access.tree.date,
        "closed_units": closed_units(found, access),
        "can_edit": can_for_either(access, Capability.EDIT_AGREEMENTS, found),
        "can_draft": is_open(found, access) and line.state in (LinkState.NONE, LinkState.LAPSED),
        "crumbs": crumbs((_("Register"), reverse("agreements:register")), relationship_step(found)),
    }
    return render(request, "agreements/relationship.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def relationship_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change what goes between the two and how it matters."""
    found = relationship_or_404(pk)
    require_either(access_of(request.user), Capability.EDIT_AGREEMENTS, found)
    form = RelationshipForm(request.POST or None, initial={name: getattr(found, name) for name in services.EDITABLE})
    if request.method == "POST" and form.is_valid():
        with refusals_shown(form):
            services.relationship_edit(relationship=found, actor=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("agreements:relationship", pk=pk)
    return _form_page(request, form, found, _("Change"))


@require_http_methods(["GET", "POST"])
@login_required
def relationship_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The two no longer supply each other."""
    found = relationship_or_404(pk)
    access = access_of(request.user)
    require_either(access, Capability.EDIT_AGREEMENTS, found)
    form = EndForm(request.POST or None, today=access.tree.date, initial={"valid_to": access.tree.date})
    if request.method == "POST" and form.is_valid():
        with refusals_shown(form):
            services.relationship_end(
                relationship=found, valid_to=form.cleaned_data["valid_to"], actor=request.user, now=timezone.now()
            )
            messages.success(request, _("The relationship ends on that date. What was agreed stays readable."))
            return redirect("agreements:relationship", pk=pk)
    return _form_page(request, form, found, _("End the relationship"))


def _form_page(request: HttpRequest, form: RelationshipForm | EndForm, found: Relationship, title: str) -> HttpResponse:
    steps = crumbs((_("Register"), reverse("agreements:register")), relationship_step(found), (title, ""))
    context = {"form": form, "relationship": found, "title": title, "crumbs": steps}
    return render(request, "agreements/relationship_form.html", context)


@require_POST
@login_required
def need_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what the customer needs."""
    found = relationship_or_404(pk)
    require_either(access_of(request.user), Capability.EDIT_AGREEMENTS, found)
    form = NeedForm(request.POST)
    if not form.is_valid():
        return _relationship_page(request, found, form)
    services.need_add(relationship=found, actor=request.user, **form.cleaned_data)
    return redirect(f"{reverse('agreements:relationship', args=[pk])}#needs")


@require_POST
@login_required
def need_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer needs it no more."""
    need = get_object_or_404(Need.objects.select_related("relationship"), pk=pk)
    found = relationship_or_404(need.relationship_id)
    require_either(access_of(request.user), Capability.EDIT_AGREEMENTS, found)
    services.need_retire(need=need, actor=request.user)
    return redirect(f"{reverse('agreements:relationship', args=[found.pk])}#needs")


@require_GET
@login_required
def parties(request: HttpRequest) -> HttpResponse:
    """Customers and suppliers outside the plant."""
    context = {
        "parties": sorted(ExternalParty.objects.all(), key=lambda one: (not one.active, one.name.casefold())),
        "can_edit": access_of(request.user).can_somewhere(Capability.EDIT_AGREEMENTS),
        "crumbs": crumbs((_("Register"), reverse("agreements:register")), (_("External parties"), "")),
    }
    return render(request, "agreements/parties.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def party_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a party outside the plant, or change one."""
    require_somewhere(request.user, Capability.EDIT_AGREEMENTS)
    party = get_object_or_404(ExternalParty, pk=pk) if pk is not None else None
    initial = {name: getattr(party, name) for name in ("name_nb", "name_en", "active")} if party else {}
    form = PartyForm(request.POST or None, party=party, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_shown(form):
            services.party_save(
                party=party, actor=request.user, **{"code": party.code if party else "", **form.cleaned_data}
            )
            messages.success(request, _("Saved."))
            return redirect("agreements:parties")
    title = party.name if party else _("New external party")
    steps = crumbs(
        (_("Register"), reverse("agreements:register")),
        (_("External parties"), reverse("agreements:parties")),
        (title, ""),
    )
    context = {"form": form, "party": party, "title": title, "crumbs": steps}
    return render(request, "agreements/party_form.html", context)

"""People and the roles they hold: seen and changed by whoever leads where they work."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.teams.forms.people import NewPersonForm, PersonForm
from principles.teams.http import HttpRequest
from principles.teams.models import FIGURE_KINDS_VALUES, Crew, Role, RoleAssignment, Unit, User
from principles.teams.people import people_visible_to, reach_of_names
from principles.teams.permissions import Access, Capability, access_of
from principles.teams.services import people as services
from principles.teams.services import roles as role_services
from principles.teams.unit_pages import units_in_order

_SORTS = {"name": "name", "username": "username", "crew": "crew__position"}
_ON_A_PAGE = 50


@require_GET
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Whom one may see, with filters for role, crew, unit and name."""
    access = access_of(request.user)
    if not reach_of_names(access):
        raise PermissionDenied(_("Who works where is for those who lead a shift or an area."))
    found = _filtered(request, people_visible_to(request.user, access), access)
    held = RoleAssignment.objects.held_on(access.tree.date).select_related("unit").order_by("role")
    found = found.select_related("crew").prefetch_related(Prefetch("roles", queryset=held, to_attr="held_now"))
    page = Paginator(found, _ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "roles": Role.choices,
        "crews": Crew.objects.all(),
        "units": units_in_order(access.tree, FIGURE_KINDS_VALUES),
        "chosen": {key: request.GET.get(key, "") for key in ("q", "role", "crew", "in", "login")},
        "can_add": access.can_somewhere(Capability.EDIT_PEOPLE),
    }
    return render(request, "teams/people.html", context)


@require_GET
@login_required
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: crew, login, the roles held, coming and past."""
    found, access = visible_or_404(request, pk)
    is_managed = role_services.may_manage(access, found)
    today = access.tree.date
    held = found.roles.select_related("unit").order_by("-valid_from", "role")
    context = {
        "person": found,
        "current": [_row(role, access) for role in held if role.valid_to is None or role.valid_to > today],
        "past": [role for role in held if role.valid_to is not None and role.valid_to <= today],
        "today": today,
        "is_self": found.pk == request.user.pk,
        "can_manage": is_managed,
        "can_grant": access.can_somewhere(Capability.EDIT_PEOPLE)
        and (found.pk != request.user.pk or access.is_superuser),
        "can_reset": found.pk != request.user.pk and role_services.may_reset_password(access, found),
    }
    return render(request, "teams/person.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def person_new(request: HttpRequest) -> HttpResponse:
    """Make a person's login, with a first role if wanted; the temporary password is shown once."""
    access = access_of(request.user)
    if not access.can_somewhere(Capability.EDIT_PEOPLE):
        raise PermissionDenied(_("New people are for area leaders and administrators."))
    form = NewPersonForm(request.POST or None, initial={"language": request.user.language})
    form.fields["unit"].offer(role_places(access))  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        made = _make(request, form)
        if made is not None:
            context = {"person": made[0], "password": made[1]}
            return render(request, "teams/person_password.html", context)
    return render(request, "teams/person_new.html", {"form": form})


@require_http_methods(["GET", "POST"])
@login_required
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's name, crew and language."""
    found, _access = _managed(request, pk)
    form = PersonForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        services.person_edit(person=found, **form.cleaned_data, actor=request.user)
        messages.success(request, _("Saved."))
        return redirect("teams:person", pk=pk)
    return render(request, "teams/person_edit.html", {"form": form, "person": User.objects.get(pk=pk)})


@require_http_methods(["GET", "POST"])
@login_required
def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a login out of use, after a look at what it means."""
    found, _access = _managed(request, pk)
    refusal = ""
    if request.method == "POST":
        try:
            services.person_deactivate(person=found, actor=request.user, now=timezone.now())
        except services.Yourself:
            refusal = _("You can't put your own login out of use.")
        except services.LastAdministrator:
            refusal = _("Nobody else could give roles then. Make somebody else an administrator first.")
        else:
            messages.success(request, _("The login of %(person)s is out of use.") % {"person": found})
            return redirect("teams:person", pk=pk)
    return render(request, "teams/person_deactivate.html", {"person": found, "refusal": refusal})


@require_POST
@login_required
def person_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a login into use again."""
    found, _access = _managed(request, pk)
    services.person_reactivate(person=found, actor=request.user)
    messages.success(request, _("The login of %(person)s is in use again.") % {"person": found})
    return redirect("teams:person", pk=pk)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def person_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person a new temporary password, shown once."""
    found, access = visible_or_404(request, pk)
    if found.pk == request.user.pk or not role_services.may_reset_password(access, found):
        raise PermissionDenied(_("A new password is given by an administrator."))
    password = services.password_reset(person=found, actor=request.user) if request.method == "POST" else ""
    return render(request, "teams/person_password.html", {"person": found, "password": password})


def role_places(access: Access) -> list[tuple[Unit, int]]:
    """Units that a person may give roles in."""
    reach = access.units(Capability.EDIT_PEOPLE)
    kinds = [*FIGURE_KINDS_VALUES, "section"]
    return [(unit, level) for unit, level in units_in_order(access.tree, kinds) if unit.pk in reach]


def _make(request: HttpRequest, form: NewPersonForm) -> tuple[User, str] | None:
    data = form.cleaned_data
    try:
        # Both or neither: no login is left over from a role that was refused.
        with transaction.atomic():
            made, password = services.person_create(
                username=data["username"],
                name=data["name"],
                crew=data["crew"],
                language=data["language"],
                actor=request.user,
            )
            if data["role"]:
                role_services.role_grant(
                    person=made,
                    role=Role(data["role"]),
                    unit=data["unit"],
                    actor=request.user,
                    now=timezone.now(),
                )
    except role_services.NotYours:
        form.add_error("role", _("You can't give this role there."))
    except ValidationError as refusal:
        form.add_error(None, refusal)
    else:
        return made, password
    return None


def _filtered(request: HttpRequest, found: QuerySet[User], access: Access) -> QuerySet[User]:
    chosen = request.GET
    if words := chosen.get("q", "").strip()[:100]:
        found = found.filter(Q(name__icontains=words) | Q(username__icontains=words))
    held = RoleAssignment.objects.held_on(access.tree.date)
    is_by_role = False
    if (role := chosen.get("role", "")) in Role.values:
        held, is_by_role = held.filter(role=role), True
    if code := chosen.get("in", ""):
        unit = Unit.objects.filter(code=code[:20]).first()
        below = [unit.pk, *access.tree.descendants(unit.pk)] if unit is not None else []
        held, is_by_role = held.filter(unit__in=below), True
    if is_by_role:
        found = found.filter(pk__in=held.values("person"))
    if crew := chosen.get("crew", ""):
        found = found.filter(crew__code=crew[:5])
    if chosen.get("login") != "all":
        found = found.filter(is_active=True)
    sort = chosen.get("sort", "name")
    column = _SORTS.get(sort.removeprefix("-"), "name")
    return found.order_by(f"-{column}" if sort.startswith("-") else column, "username")


def _row(held: RoleAssignment, access: Access) -> dict[str, object]:
    is_yours = Role(held.role) in role_services.grantable(access, held.unit)
    return {"held": held, "can_end": is_yours, "is_coming": held.valid_from > access.tree.date}


def visible_or_404(request: HttpRequest, pk: int) -> tuple[User, Access]:
    """A person one may see: 404 for others, so that nobody learns who is there by trying numbers."""
    access = access_of(request.user)
    return get_object_or_404(people_visible_to(request.user, access).select_related("crew"), pk=pk), access


def _managed(request: HttpRequest, pk: int) -> tuple[User, Access]:
    found, access = visible_or_404(request, pk)
    if not role_services.may_manage(access, found):
        raise PermissionDenied(_("This person is changed by whoever leads all the units they hold roles in."))
    return found, access


def held_or_404(request: HttpRequest, pk: int) -> tuple[RoleAssignment, Access]:
    """A role that a visible person holds."""
    held = RoleAssignment.objects.select_related("person", "unit").filter(pk=pk).first()
    if held is None:
        raise Http404
    _person, access = visible_or_404(request, held.person_id)
    return held, access

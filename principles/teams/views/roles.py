"""Giving and ending roles."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from principles.teams.forms.people import RoleEndForm, RoleForm
from principles.teams.http import HttpRequest
from principles.teams.models import Role
from principles.teams.permissions import Access, Capability
from principles.teams.services import roles as services
from principles.teams.views.people import held_or_404, role_places, visible_or_404


@require_http_methods(["GET", "POST"])
@login_required
def role_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person a role in a unit."""
    person, access = visible_or_404(request, pk)
    if not access.can_somewhere(Capability.EDIT_PEOPLE):
        raise PermissionDenied(_("Roles are given by area leaders and administrators."))
    form = RoleForm(request.POST or None, initial={"valid_from": access.tree.date, "role": Role.OPERATOR})
    form.fields["unit"].offer(role_places(access))  # type: ignore[attr-defined]
    form.fields["role"].choices = _roles_to_give(access)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            services.role_grant(
                person=person,
                role=Role(form.cleaned_data["role"]),
                unit=form.cleaned_data["unit"],
                valid_from=form.cleaned_data["valid_from"],
                valid_to=form.cleaned_data["valid_to"],
                actor=request.user,
                now=timezone.now(),
            )
        except services.NotYours:
            form.add_error("role", _("You can't give this role there."))
        except services.OwnRole:
            form.add_error(None, _("Nobody gives a role to themselves. Ask another leader or an administrator."))
        except services.HeldAlready:
            form.add_error("role", _("They hold this role there already in that time."))
        except services.InThePast as refusal:
            form.add_error("valid_from", _earliest(refusal))
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(person)s has the role.") % {"person": person})
            return redirect("teams:person", pk=pk)
    return render(request, "teams/role_new.html", {"form": form, "person": person})


@require_http_methods(["GET", "POST"])
@login_required
def role_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role that a person holds, after a look at what it means."""
    held, access = held_or_404(request, pk)
    if Role(held.role) not in services.grantable(access, held.unit):
        raise PermissionDenied(_("This role is ended by whoever may give it."))
    form = RoleEndForm(request.POST or None, initial={"on": access.tree.date})
    if request.method == "POST" and form.is_valid():
        try:
            services.role_end(held=held, on=form.cleaned_data["on"], actor=request.user, now=timezone.now())
        except services.InThePast as refusal:
            form.add_error("on", _earliest(refusal))
        except services.LastAdministratorRole:
            form.add_error(None, _("Nobody else could give roles then. Make somebody else an administrator first."))
        else:
            messages.success(request, _("The role has got its end."))
            return redirect("teams:person", pk=held.person_id)
    return render(request, "teams/role_end.html", {"form": form, "held": held, "person": held.person})


def _roles_to_give(access: Access) -> list[tuple[str, str]]:
    given = frozenset[Role]().union(*(services.GRANTS.get(role, frozenset()) for role in access.roles))
    return [(role.value, str(role.label)) for role in Role if role in given]


def _earliest(refusal: services.InThePast) -> str:
    return _("The first date possible is %(date)s.") % {"date": formats.date_format(refusal.earliest)}

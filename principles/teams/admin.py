"""Master data of this package in the Django admin. What is written here is on the audit trail, too."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest

from amps import audit
from amps.models import AuditEntry
from principles.teams.models import (
    Crew,
    RoleAssignment,
    Rota,
    Shift,
    ShiftCalendar,
    ShiftStart,
    Unit,
    UnitPlacement,
    User,
)
from principles.teams.permissions import is_administrator


class ForAdministrators(admin.ModelAdmin):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """What an administrator may read and write; every change is on the audit trail."""

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_administrator(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_administrator(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_administrator(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm[Any], change: bool) -> None:
        """Save, and say so on the trail."""
        before = audit.snapshot(type(obj)._base_manager.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)
        action = "admin.changed" if change else "admin.added"
        audit.record(actor=_actor(request), action=action, target=obj, before=before, after=audit.snapshot(obj))

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Delete, and say so on the trail."""
        audit.record(actor=_actor(request), action="admin.deleted", target=obj, before=audit.snapshot(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Delete one by one, so that each is on the trail."""
        for obj in queryset:
            self.delete_model(request, obj)


class ReadOnly(ForAdministrators):
    """What is looked at only: it is written by services that keep the plant's history whole."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Unit)
class UnitAdmin(ForAdministrators):
    """Names, types and order. Making, moving and closing is on the pages, which keep the tree whole."""

    list_display = ("code", "name_nb", "name_en", "kind", "equipment_type", "opened", "closed")
    list_filter = ("kind", "equipment_type")
    search_fields = ("code", "name_nb", "name_en")
    readonly_fields = ("code", "kind", "opened", "closed")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(UnitPlacement)
class UnitPlacementAdmin(ReadOnly):
    """Where units stood when."""

    list_display = ("unit", "parent", "valid_from")
    list_select_related = ("unit", "parent")
    search_fields = ("unit__code", "parent__code")


@admin.register(Crew)
class CrewAdmin(ForAdministrators):
    """Names and order. A crew's code is named by rotas and stays."""

    list_display = ("code", "name_nb", "name_en", "position", "active")

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        return ("code",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ForAdministrators):
    """Names, crews, languages. Logins, passwords and roles are given on the pages."""

    list_display = ("username", "name", "crew", "is_active", "last_login")
    list_filter = ("is_active", "crew")
    list_select_related = ("crew",)
    search_fields = ("username", "name")
    fields = ("username", "name", "crew", "language", "email", "is_active", "is_superuser", "last_login", "date_joined")
    readonly_fields = ("username", "is_active", "is_superuser", "last_login", "date_joined")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnly):
    """Who held which role where and when."""

    list_display = ("person", "role", "unit", "valid_from", "valid_to")
    list_filter = ("role",)
    list_select_related = ("person", "unit")
    search_fields = ("person__name", "unit__code")


class ShiftStartInline(admin.TabularInline):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """The shifts of a calendar."""

    model = ShiftStart
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_administrator(request.user)


@admin.register(ShiftCalendar)
class ShiftCalendarAdmin(ReadOnly):
    """Calendars by their date."""

    list_display = ("valid_from", "zone")
    inlines = (ShiftStartInline,)


@admin.register(Rota)
class RotaAdmin(ReadOnly):
    """Rotas by their date."""

    list_display = ("valid_from", "pattern", "anchor", "offset", "crews")


@admin.register(Shift)
class ShiftAdmin(ReadOnly):
    """The shifts as made."""

    list_display = ("production_date", "number", "name_nb", "starts_at", "ends_at", "crew")
    list_filter = ("crew",)
    list_select_related = ("crew",)
    date_hierarchy = "production_date"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """The audit trail."""

    list_display = ("at", "actor_name", "action", "target_label")
    search_fields = ("actor_name", "action", "target_label")


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None

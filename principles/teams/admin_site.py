"""The Django admin: for administrators of the whole plant only, with our own door."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

_REFUSAL = _("The administration is for administrators of the whole plant.")
_WITHOUT_USE = frozenset({"auth", "account"})


class AmpsAdminConfig(AdminConfig):
    """Puts our site in the place of Django's."""

    default_site = "principles.teams.admin_site.AmpsAdminSite"


class AmpsAdminSite(AdminSite):
    """Opens to administrators; who has signed in as somebody else is refused, who has not signs in as everywhere."""

    site_header = _("AMPS administration")
    site_title = _("AMPS administration")
    index_title = _("Master data")

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person is an administrator of the whole plant."""
        from principles.teams.permissions import is_administrator

        return is_administrator(request.user)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models only: groups and mail addresses of Django's and allauth's own have no use here."""
        models: list[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        own = [model for model in models if model._meta.app_label not in _WITHOUT_USE]
        super().register(own, admin_class, **options)

    def password_change(  # type: ignore[override] # a redirect instead of a page
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """There is one page for it."""
        return redirect("teams:password")

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """A page of the administration: refused at once to whoever has signed in and is no administrator."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(_REFUSAL)
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """There is one sign-in page."""
        if request.user.is_authenticated:
            raise PermissionDenied(_REFUSAL)
        from django.contrib.auth.views import redirect_to_login

        return redirect_to_login(request.GET.get("next", request.path))

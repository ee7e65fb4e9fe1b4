"""How AMPS uses django-allauth: people are made by administrators, nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Closes the sign-up page, and speaks our words."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("The username or the password is wrong."),
        "too_many_login_attempts": gettext_lazy("Too many wrong tries. Wait five minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The page one lands on says enough."""

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """A login that was put out of use opens nothing."""
        messages.error(request, _("This login is out of use. An administrator of your plant can help."))
        return redirect("account_login")

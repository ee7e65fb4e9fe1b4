"""Addresses outside the five places: the start page, signing in and out, the language."""

from django.urls import path

from principles.teams.views import door

urlpatterns = [
    path("", door.home, name="home"),
    path("accounts/login/", door.login, name="account_login"),
    path("accounts/logout/", door.logout, name="account_logout"),
    path("language/", door.set_language, name="set_language"),
]

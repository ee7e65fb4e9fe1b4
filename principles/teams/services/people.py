"""People: made, changed, put out of use; crews; passwords that an administrator gives."""

from __future__ import annotations

import datetime as dt
import secrets

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from amps import audit
from principles.teams.models import Crew, User
from principles.teams.services.roles import is_administrator_now, other_administrators

# Letters and digits that nobody mistakes for each other when they are read aloud or written by hand.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PERSON_FIELDS = ("username", "name", "crew_id", "language", "is_active")


class PersonError(Exception):
    """A change of a person that is refused; the subclasses say why."""


class Yourself(PersonError):
    """Nobody puts their own login out of use."""


class LastAdministrator(PersonError):
    """Somebody has to be left who can give roles."""


class WrongPassword(PersonError):
    """The present password is not the one given."""


def temporary_password() -> str:
    """A password that is easy to read aloud and hard to guess (60 bits)."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


@transaction.atomic
def person_create(
    *, username: str, name: str, crew: Crew | None, language: str, actor: User | None
) -> tuple[User, str]:
    """Make a person's login. Returns it with the temporary password, which is stored nowhere in the clear."""
    password = temporary_password()
    person = User(username=username, name=name, crew=crew, language=language, must_change_password=True)
    person.set_password(password)
    person.full_clean()
    person.save()
    audit.record(actor=actor, action="person.created", target=person, after=audit.snapshot(person, *_PERSON_FIELDS))
    return person, password


@transaction.atomic
def person_edit(*, person: User, name: str, crew: Crew | None, language: str, actor: User | None) -> User:
    """Change a person's name, crew and language."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    before = audit.snapshot(locked, *_PERSON_FIELDS)
    locked.name, locked.crew, locked.language = name, crew, language
    locked.full_clean(exclude=["password"])
    after = audit.snapshot(locked, *_PERSON_FIELDS)
    if after != before:
        locked.save(update_fields=["name", "crew", "language"])
        audit.record(actor=actor, action="person.edited", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def person_deactivate(*, person: User, actor: User, now: dt.datetime) -> User:
    """Put a login out of use; the person is signed out everywhere. What they did keeps their name.

    Raises Yourself or LastAdministrator.
    """
    locked = User.objects.select_for_update().get(pk=person.pk)
    if locked.pk == actor.pk:
        raise Yourself
    if is_administrator_now(locked, now=now) and not other_administrators(locked, now=now):
        raise LastAdministrator
    return _set_active(locked, actor=actor, is_active=False)


@transaction.atomic
def person_reactivate(*, person: User, actor: User) -> User:
    """Put a login into use again, with the roles that have not ended."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    return _set_active(locked, actor=actor, is_active=True)


@transaction.atomic
def password_reset(*, person: User, actor: User) -> str:
    """Give a person a new temporary password and return it; it is shown once and they choose their own."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    password = temporary_password()
    locked.set_password(password)
    locked.must_change_password = True
    locked.save(update_fields=["password", "must_change_password"])
    audit.record(actor=actor, action="person.password_reset", target=locked)
    return password


@transaction.atomic
def password_change(*, person: User, old: str, new: str) -> User:
    """Let a person choose their own password. Raises WrongPassword or ValidationError (too weak)."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    if not locked.check_password(old):
        raise WrongPassword
    validate_password(new, user=locked)
    locked.set_password(new)
    locked.must_change_password = False
    locked.save(update_fields=["password", "must_change_password"])
    audit.record(actor=locked, action="person.password_changed", target=locked)
    return locked


@transaction.atomic
def crew_edit(*, crew: Crew, name_en: str, name_nb: str, position: int, active: bool, actor: User | None) -> Crew:
    """Change a crew's names, its place among the others and whether it is in use. Its code stays: rotas name it."""
    locked = Crew.objects.select_for_update().get(pk=crew.pk)
    before = audit.snapshot(locked)
    locked.name_en, locked.name_nb, locked.position, locked.active = name_en, name_nb, position, active
    locked.full_clean()
    after = audit.snapshot(locked)
    if after != before:
        locked.save(update_fields=["name_en", "name_nb", "position", "active"])
        audit.record(actor=actor, action="crew.edited", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def crew_create(*, code: str, name_en: str, name_nb: str, position: int, actor: User | None) -> Crew:
    """Make a crew; a rota has to name it before it works shifts."""
    crew = Crew(code=code, name_en=name_en, name_nb=name_nb, position=position)
    crew.full_clean()
    crew.save()
    audit.record(actor=actor, action="crew.created", target=crew, after=audit.snapshot(crew))
    return crew


def _set_active(person: User, *, actor: User, is_active: bool) -> User:
    if person.is_active != is_active:
        before = audit.snapshot(person, "is_active")
        person.is_active = is_active
        person.save(update_fields=["is_active"])
        action = "person.activated" if is_active else "person.deactivated"
        after = audit.snapshot(person, "is_active")
        audit.record(actor=actor, action=action, target=person, before=before, after=after)
    return person

"""Demo people, plainly so by name: crews of operators, and one login per role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amps.demo.plant import CREWS, LINES, Plant
from principles.teams.models import Crew, Role, RoleAssignment, User

DEMO_PASSWORD = "demo"  # noqa: S105 - shown on the login page; production refuses to start with demo people
OPERATORS_PER_LINE = 4


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """One person of the login page: who, in which role where, and a line about what they do here."""

    username: str
    name: str
    role: Role
    unit: str
    about: Promise

    @property
    def password(self) -> str:
        return DEMO_PASSWORD


DEMO_LOGINS: tuple[DemoLogin, ...] = (
    DemoLogin(
        "operator",
        "Demo operator",
        Role.OPERATOR,
        "EL1",
        _("Logs the rounds of the shift in potline 1, on a phone, and opens deviations on the spot."),
    ),
    DemoLogin(
        "shiftlead",
        "Demo shift lead",
        Role.SHIFT_LEAD,
        "EL1",
        _("Leads the shift in potline 1: reviews what closed, finds root causes, follows actions up."),
    ),
    DemoLogin(
        "techlead1",
        "Demo technical lead 1",
        Role.TECHNICAL_LEAD,
        "ELK",
        _("Owns the standards of electrolysis and approves new revisions."),
    ),
    DemoLogin(
        "techlead2",
        "Demo technical lead 2",
        Role.TECHNICAL_LEAD,
        "ELK",
        _("The second technical lead, since nobody approves what is their own."),
    ),
    DemoLogin(
        "arealeader",
        "Demo area leader",
        Role.AREA_LEADER,
        "EL1",
        _("Leads potline 1: figures, morning meeting, deviations, and its self-evaluation."),
    ),
    DemoLogin(
        "maintenance",
        "Demo maintenance",
        Role.MAINTENANCE,
        "VERK",
        _("Keeps the equipment fit in the whole plant, and owns actions that others wait for."),
    ),
    DemoLogin(
        "support", "Demo support", Role.SUPPORT, "VERK", _("Process support: imports data and drafts standards.")
    ),
    DemoLogin(
        "manager",
        "Demo plant manager",
        Role.PLANT_MANAGER,
        "VERK",
        _("Follows the whole plant: business plan with its PDF, evaluations side by side, agreements."),
    ),
    DemoLogin(
        "admin", "Demo administrator", Role.ADMINISTRATOR, "DEMO", _("Keeps units, people, roles and the calendar.")
    ),
    DemoLogin(
        "customer",
        "Demo customer",
        Role.CUSTOMER,
        "STO",
        _("Represents the casthouse: reports when the agreement is broken, and confirms when it is put right."),
    ),
)


# Who else answers for something, without a login: username, name, role, unit.
OTHERS = (
    ("leader-elk", "Demo head of electrolysis", Role.AREA_LEADER, "ELK"),
    ("leader-el2", "Demo area leader 2", Role.AREA_LEADER, "EL2"),
    ("leader-sto", "Demo casthouse leader", Role.AREA_LEADER, "STO"),
    ("leader-kar", "Demo carbon plant leader", Role.AREA_LEADER, "KAR"),
    ("leader-ren", "Demo gas treatment leader", Role.AREA_LEADER, "REN"),
    ("leader-ved", "Demo maintenance leader", Role.AREA_LEADER, "VED"),
    ("techlead-sto", "Demo casthouse technical lead", Role.TECHNICAL_LEAD, "STO"),
    ("techlead-kar", "Demo carbon technical lead", Role.TECHNICAL_LEAD, "KAR"),
    ("caster-1", "Demo caster 1", Role.OPERATOR, "ST1"),
    ("caster-2", "Demo caster 2", Role.OPERATOR, "ST1"),
    ("rodder-1", "Demo rodding operator 1", Role.OPERATOR, "KA1"),
    ("rodder-2", "Demo rodding operator 2", Role.OPERATOR, "KA1"),
    ("fitter", "Demo fitter", Role.MAINTENANCE, "VE1"),
    ("electrician", "Demo electrical operator", Role.MAINTENANCE, "VERK"),
    ("mason", "Demo refractory operator", Role.MAINTENANCE, "VERK"),
)


@dataclass(frozen=True, slots=True)
class People:
    """Those who observe, by (area, crew), and the people of the logins by username."""

    observers: dict[tuple[str, str], list[User]]
    logins: dict[str, User]
    named: dict[str, User]  # everybody by username

    def everyone(self) -> Iterable[User]:
        """Every observer once."""
        return {person.pk: person for group in self.observers.values() for person in group}.values()


def people_make(*, plant: Plant, crew_now: Crew | None, valid_from: dt.date) -> People:
    """Make the crews' people and the logins; the login "operator" belongs to the crew on shift."""
    password = make_password(DEMO_PASSWORD)
    logins = [_login(item, crew_now, password) for item in DEMO_LOGINS]
    observers: dict[tuple[str, str], list[User]] = {}
    leads: list[tuple[User, str]] = []
    for code in CREWS:
        crew = plant.crews[code]
        for line in LINES:
            prefix = f"{code}{line[-1]}"
            observers[line, code] = [
                _person(f"operator-{prefix}{n}".lower(), f"Demo operator {prefix}{n}", crew)
                for n in range(1, OPERATORS_PER_LINE + 1)
            ]
            leads.append((_person(f"lead-{prefix}".lower(), f"Demo shift lead {prefix}", crew), line))
        observers["RE1", code] = [_person(f"operator-{code}r".lower(), f"Demo scrubber operator {code}", crew)]
    others = [_person(username, name, None) for username, name, _, _ in OTHERS]
    in_crews = [*(person for group in observers.values() for person in group), *(lead for lead, _ in leads)]
    everyone = [*logins, *in_crews, *others]
    User.objects.bulk_create(everyone)
    roles = [(person, item.role, item.unit) for person, item in zip(logins, DEMO_LOGINS, strict=True)]
    roles += [(person, Role.OPERATOR, area) for (area, _), group in observers.items() for person in group]
    roles += [(lead, Role.SHIFT_LEAD, line) for lead, line in leads]
    roles += [(person, role, unit) for person, (_, _, role, unit) in zip(others, OTHERS, strict=True)]
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=person, role=role, unit=plant.units[unit], valid_from=valid_from)
        for person, role, unit in roles
    )
    by_name = {person.username: person for person in logins}
    named = {person.username: person for person in everyone}
    if crew_now is not None:
        observers["EL1", crew_now.code].append(by_name["operator"])
    return People(observers=observers, logins=by_name, named=named)


def _login(item: DemoLogin, crew_now: Crew | None, password: str) -> User:
    works_shift = item.role in (Role.OPERATOR, Role.SHIFT_LEAD)
    is_admin = item.role == Role.ADMINISTRATOR
    return User(
        username=item.username,
        name=item.name,
        crew=crew_now if works_shift else None,
        is_demo=True,
        is_staff=is_admin,
        is_superuser=is_admin,
        password=password,
    )


def _person(username: str, name: str, crew: Crew | None) -> User:
    # No password of theirs opens anything; a fixed one keeps the demo the same from run to run.
    return User(username=username, name=name, crew=crew, is_demo=True, password=f"{UNUSABLE_PASSWORD_PREFIX}demo")

"""Who may open what: every address of the product, and what each role gets there.

`TABLE` says for each URL name what a GET answers (None: the address takes forms only, and a GET gets 405) and what a
POST answers (None: it takes no forms, and a POST gets 405). 200 is a page, 302 leads on (a change was made), 403 is
"seen, but not for you", 404 is "not yours to know". Without a login everything leads to the sign-in page, unless
`open`.

A new address needs a row here, or tests/test_permission_matrix.py fails. A form that is sent with nothing in it is
shown again (200) to whoever may fill it in.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from kpis.models import ChartEvent, Closing, Indicator
from observations.importing.drafts import draft_create
from principles.teams.models import Crew, Role, Unit
from sops.drafting import draft_start, point_add
from sops.models import JobRole, SopPoint, SopRevision
from sops.register import NEW_FIELDS
from tests import factories as make
from tests import (
    permissions_agreements,
    permissions_documents,
    permissions_flow,
    permissions_improvement,
    permissions_meetings,
    permissions_plan,
    permissions_principles,
    permissions_results,
    permissions_roadmap,
)
from tests.observations.world import permission_objects
from tests.permission_rows import HELD, PEOPLE, Kwargs, Row, World, everybody, only
from tests.sops.cast import make_point, make_sop

# Newer apps keep their rows, and what their addresses point at, in modules of their own.
APPS = (
    permissions_agreements,
    permissions_documents,
    permissions_flow,
    permissions_improvement,
    permissions_meetings,
    permissions_plan,
    permissions_principles,
    permissions_results,
    permissions_roadmap,
)


def build_world() -> World:
    """Make the small plant, its people, and what the addresses of each app need."""
    plant = make.make_plant()
    make.make_schedule()
    today = timezone.now().date()
    make.make_shifts(today - dt.timedelta(days=2), today + dt.timedelta(days=1))
    units = {unit.code: unit for unit in Unit.objects.all()}
    crew = Crew.objects.get(code="A")
    people = {
        name: make.make_person(role, units[code], name, crew=crew if role == Role.OPERATOR and code == "EL1" else None)
        for name, (role, code) in HELD.items()
    }
    colleague = make.make_person(Role.OPERATOR, plant.el1, "colleague", crew=Crew.objects.get(code="B"))
    coming = today + dt.timedelta(days=60)
    shift_objects = permission_objects(plant, operator=people["operator"], colleague=colleague)
    imported = draft_create(
        name="facts.csv",
        data=b"time;area;value\n2026-03-09 10:00;EL1;20\n",
        actor=people["technical_lead"],
        now=timezone.now(),
        zone="Europe/Oslo",
    )
    world = World(
        plant=plant,
        people=people,
        colleague=colleague,
        held=colleague.roles.get(),
        rota=make.make_rota(valid_from=coming, anchor=make.START),
        calendar=make.make_calendar(valid_from=coming),
        crew=crew,
        more={**shift_objects, "import_draft": imported},
    )
    for app in APPS:
        world.more.update(app.objects(world))
    return world


LEADS_PLANT = ("plant_manager", "administrator")
LEADS_EL1 = ("area_leader", *LEADS_PLANT)
SEES_EL1 = ("shift_lead", "technical_lead", *LEADS_EL1)

IMPORTS = only("technical_lead", "support", *LEADS_EL1)
WRITES_EL1 = ("operator", "shift_lead", "technical_lead", "area_leader", "maintenance", "support", *LEADS_PLANT)
AIMS_EL1 = ("technical_lead", *LEADS_EL1)


def _import_draft(world: World) -> Kwargs:
    return {"draft_id": world.more["import_draft"].pk}


def _el1(world: World) -> Kwargs:
    return {"code": "EL1"}


def _cell(world: World) -> Kwargs:
    return {"code": world.plant.cells[0].code}


def _colleague(world: World) -> Kwargs:
    return {"pk": world.colleague.pk}


def _draft(world: World) -> SopRevision:
    """A draft that the operator has begun on SOP-01 of EL1, whose revision 1 is in force; made where it is missing."""
    draft = SopRevision.objects.filter(sop__code="SOP-01", number=2).first()
    if draft is not None:
        return draft
    role = JobRole.objects.create(code="floor", name_en="Floor operator", name_nb="Celleoperatør")
    revision = make_sop(owner=world.plant.el1, role=role, points=[make_point("hole_open")])
    return draft_start(sop=revision.sop, author=world.people["operator"], now=timezone.now())


def _sop(world: World) -> Kwargs:
    return {"code": _draft(world).sop.code}


def _revision(world: World) -> Kwargs:
    return {**_sop(world), "number": _draft(world).number}


def _step(world: World) -> Kwargs:
    return {**_revision(world), "step_id": _draft(world).steps.get(number=2).pk}


def _bound(world: World) -> Kwargs:
    return {**_revision(world), "bound_id": _in_force(world).pk}


def _in_force(world: World) -> SopPoint:
    """The point that the draft has from revision 1."""
    return _draft(world).points.select_related("point").get(point__code="hole_open")


def _written(world: World) -> Kwargs:
    """A point that the operator has written in the draft; made where it is missing."""
    draft = _draft(world)
    written = draft.points.exclude(point__code="hole_open").first()
    if written is None:
        named = dict.fromkeys(NEW_FIELDS, "") | {"text_en": "Floor clear", "kind": "yes_no", "sample_per": "shift"}
        numbers = {"decimals": 0, "minimum": None, "maximum": None, "sample_size": None, "critical": False}
        step, writer = draft.steps.get(number=1), world.people["operator"]
        written = point_add(revision=draft, version=draft.version, step=step, values=named | numbers, actor=writer)
    return {**_revision(world), "bound_id": written.pk}


def _point(world: World) -> Kwargs:
    return {"code": _in_force(world).point.code}


def _indicator(world: World) -> Kwargs:
    """An indicator of conformity; made where it is missing."""
    named = {
        "name_en": "Covering",
        "name_nb": "Dekking",
        "kind": "conformity",
        "level": "execution",
        "dimension": "quality",
        "direction": "up",
        "cadences": ["shift", "day", "week", "month"],
    }
    return {"code": Indicator.objects.get_or_create(code="O05", defaults=named)[0].code}


def _closing(world: World) -> Kwargs:
    """A closing of EL1; made where it is missing."""
    first = dt.date(2026, 3, 10)
    starts = make.oslo("2026-03-10 06:00")
    ends = starts + dt.timedelta(days=1)
    named = {"starts_at": starts, "ends_at": ends, "closed_at": ends}
    Closing.objects.get_or_create(unit=world.plant.el1, cadence="day", first=first, defaults=named)
    return {"unit": "EL1", "cadence": "day", "first": first.isoformat(), "number": 0}


def _chart_event(world: World) -> Kwargs:
    """An event on the charts of EL1; made where it is missing."""
    named = {"at": timezone.now(), "title_en": "Repair", "title_nb": "Reparasjon"}
    return {"pk": ChartEvent.objects.get_or_create(unit=world.plant.el1, defaults=named)[0].pk}


# The colleague is an operator in EL1 and in crew B: known there, 404 to everybody else.
KNOWN_COLLEAGUE = only(*SEES_EL1, others=404)
MANAGED_COLLEAGUE = {**KNOWN_COLLEAGUE, "shift_lead": 403, "technical_lead": 403}

# Who logs observations in EL1, and who does so anywhere.
OBSERVES_EL1 = only("operator", "shift_lead", "technical_lead", "area_leader", "maintenance", "plant_manager")
OBSERVES = {**OBSERVES_EL1, "outsider": 200}
CORRECTS_EL1 = only("shift_lead", "technical_lead", "area_leader", "plant_manager")
PLANS_EL1 = only("technical_lead", *LEADS_EL1)


def _others_fact(world: World) -> Kwargs:
    return {"fact_id": world.more["others"].pk}


def _own_fact(world: World) -> Kwargs:
    return {"fact_id": world.more["own"].pk}


def _plan(world: World) -> Kwargs:
    return {"pk": world.more["plan"].pk}


TABLE: dict[str, Row] = {
    # --- the door ---
    "healthz": Row(get=everybody(503), open=True),
    "favicon": Row(get=everybody(302), open=True),
    "home": Row(get=everybody(302)),
    # Where no demo is loaded there is no such page; where one is, tests/demo/test_stories_page.py opens it.
    "demo_stories": Row(get=everybody(404), open=True),
    "account_login": Row(get=everybody(302), post=everybody(302), open=True),
    "account_logout": Row(get=everybody(), post=everybody(302), open=True),
    "set_language": Row(post=everybody(302), data=lambda world: {"language": "nb"}, open=True),
    # --- principles.teams: units ---
    "teams:start": Row(get=everybody(302)),
    "teams:units": Row(get=everybody()),
    "teams:unit": Row(get=everybody(), args=_el1),
    "teams:unit_new": Row(get=only(*LEADS_EL1), post=only(*LEADS_EL1)),
    "teams:unit_edit": Row(get=only(*LEADS_EL1), post=only(*LEADS_EL1), args=_el1),
    # Moving and closing is decided by who leads what is above: the area leader moves cells, not the area.
    "teams:unit_move": Row(get=only(*LEADS_EL1), post=only(*LEADS_EL1), args=_cell),
    "teams:unit_close": Row(get=only(*LEADS_PLANT), post=only(*LEADS_PLANT), args=_el1),
    "teams:unit_reopen": Row(post=only(*LEADS_PLANT, status=302), args=_el1),
    # --- principles.teams: crews, people, roles ---
    "teams:crews": Row(get=everybody()),
    "teams:crew_new": Row(get=only(*LEADS_PLANT), post=only(*LEADS_PLANT)),
    "teams:crew_edit": Row(
        get=only(*LEADS_PLANT), post=only(*LEADS_PLANT), args=lambda world: {"code": world.crew.code}
    ),
    "teams:team_start": Row(get=everybody(), query="?unit=VERK"),
    "teams:team": Row(get=everybody(), args=lambda world: {"unit": "EL1"}),
    "teams:people": Row(get=only(*SEES_EL1)),
    "teams:person": Row(get=KNOWN_COLLEAGUE, args=_colleague),
    "teams:person_new": Row(get=only(*LEADS_EL1), post=only(*LEADS_EL1)),
    "teams:person_edit": Row(get=MANAGED_COLLEAGUE, post=MANAGED_COLLEAGUE, args=_colleague),
    "teams:person_deactivate": Row(
        get=MANAGED_COLLEAGUE,
        post={**MANAGED_COLLEAGUE, "area_leader": 302, "plant_manager": 302, "administrator": 302},
        args=_colleague,
    ),
    "teams:person_reactivate": Row(
        post={**MANAGED_COLLEAGUE, "area_leader": 302, "plant_manager": 302, "administrator": 302},
        args=_colleague,
    ),
    "teams:person_password": Row(
        get={**KNOWN_COLLEAGUE, **dict.fromkeys(SEES_EL1, 403), "administrator": 200},
        post={**KNOWN_COLLEAGUE, **dict.fromkeys(SEES_EL1, 403), "administrator": 200},
        args=_colleague,
    ),
    "teams:role_new": Row(get=MANAGED_COLLEAGUE, post=MANAGED_COLLEAGUE, args=_colleague),
    "teams:role_end": Row(get=MANAGED_COLLEAGUE, post=MANAGED_COLLEAGUE, args=lambda world: {"pk": world.held.pk}),
    # --- principles.teams: rota and calendar ---
    "teams:rota": Row(get=everybody()),
    "teams:rota_new": Row(get=only(*LEADS_PLANT), post=only(*LEADS_PLANT)),
    "teams:rota_withdraw": Row(post=only(*LEADS_PLANT, status=302), args=lambda world: {"pk": world.rota.pk}),
    "teams:calendar": Row(get=everybody()),
    "teams:calendar_new": Row(
        get=only(*LEADS_PLANT),
        post=only(*LEADS_PLANT),
        data=lambda world: {"starts-TOTAL_FORMS": 0, "starts-INITIAL_FORMS": 0},
    ),
    "teams:calendar_withdraw": Row(post=only(*LEADS_PLANT, status=302), args=lambda world: {"pk": world.calendar.pk}),
    # --- principles.teams: oneself, the audit trail ---
    "teams:me": Row(get=everybody(), post=everybody()),
    "teams:password": Row(get=everybody(), post=everybody()),
    "teams:audit": Row(get=only("technical_lead", *LEADS_EL1)),
    "teams:audit_export": Row(get=only("technical_lead", *LEADS_EL1)),
    # --- sops: reading is for everybody ---
    "sops:list": Row(get=everybody()),
    "sops:sop": Row(get=everybody(), args=_sop),
    "sops:revision": Row(get=everybody(), args=_revision),
    "sops:changes": Row(get=everybody(), args=_revision),
    "sops:step_card": Row(get=everybody(), args=lambda world: {**_revision(world), "step": 2}),
    "sops:points": Row(get=everybody()),
    "sops:point": Row(get=everybody(), args=_point),
    "sops:point_edit": Row(get=only(*AIMS_EL1), post=only(*AIMS_EL1), args=_point),
    # --- sops: writing, then deciding ---
    "sops:new": Row(get=only("technical_lead"), post=only("technical_lead")),
    "sops:draft": Row(post=only(*WRITES_EL1, status=302), args=_sop),
    "sops:edit": Row(get=only(*WRITES_EL1), args=_revision),
    "sops:header": Row(get=only(*WRITES_EL1), post=only(*WRITES_EL1), args=_revision),
    "sops:step_add": Row(get=only(*WRITES_EL1), post=only(*WRITES_EL1), args=_revision),
    "sops:step_edit": Row(get=only(*WRITES_EL1), post=only(*WRITES_EL1), args=_step),
    "sops:step_remove": Row(post=only(*WRITES_EL1, status=302), args=_step),
    "sops:step_move": Row(
        post=only(*WRITES_EL1, status=302), args=_step, data=lambda world: {"direction": "up", "version": 1}
    ),
    "sops:point_add": Row(get=only(*WRITES_EL1), post=only(*WRITES_EL1), args=_step),
    "sops:point_rewrite": Row(get=only(*WRITES_EL1), post=only(*WRITES_EL1), args=_written),
    "sops:point_bind": Row(post=only(*WRITES_EL1, status=302), args=_step),
    "sops:point_unbind": Row(post=only(*WRITES_EL1, status=302), args=_bound),
    "sops:send": Row(post=only(*WRITES_EL1, status=302), args=_revision),
    "sops:withdraw": Row(post=only("operator", status=302), args=_revision),
    "sops:send_back": Row(post=only("technical_lead"), args=_revision),
    "sops:approve": Row(post=only("technical_lead"), args=_revision),
    # --- kpis: the process tree ---
    "kpis:tree": Row(get=everybody()),
    "kpis:point_indicators": Row(get=everybody(), args=_point),
    "kpis:point_feeds": Row(get=only(*AIMS_EL1), post=only(*AIMS_EL1), args=_point),
    "kpis:point_feed_remove": Row(
        post=only(*AIMS_EL1, status=302), args=lambda world: {**_point(world), "indicator": _indicator(world)["code"]}
    ),
    # --- observations: the shift ---
    "observations:shift": Row(get=everybody()),
    "observations:token": Row(get=everybody()),
    "observations:extra": Row(get=OBSERVES, post=OBSERVES),
    # Rounds and observations are read in the whole plant, without names; tapping is for those who work there.
    "observations:round": Row(get=everybody(), args=lambda world: {"pk": world.more["round"].pk}),
    "observations:tap": Row(post=OBSERVES_EL1, args=lambda world: {"pk": world.more["round"].pk}),
    "observations:observation": Row(get=everybody(), args=_others_fact),
    "observations:correct": Row(get=CORRECTS_EL1, post=CORRECTS_EL1, args=_others_fact),
    # One's own is taken back by oneself alone.
    "observations:undo": Row(post=only("operator", status=302), args=_own_fact),
    "observations:photo": Row(
        post=only("operator", "shift_lead", "technical_lead", "area_leader", "plant_manager", status=302),
        args=_own_fact,
    ),
    "observations:photo_file": Row(
        get={**OBSERVES_EL1, "administrator": 200, "support": 404, "customer": 404, "outsider": 404},
        args=lambda world: {"attachment_id": world.more["photo"].pk},
    ),
    "observations:events": Row(get=OBSERVES, post=OBSERVES),
    "observations:event_none_more": Row(
        post=only(*(role for role in PEOPLE if OBSERVES_EL1[role] == 200), status=302),
        data=lambda world: {"unit": "EL1", "point": world.more["series"].code},
    ),
    "observations:plans": Row(get=PLANS_EL1),
    "observations:plan_new": Row(get=PLANS_EL1, post=PLANS_EL1, query="?unit=EL1"),
    "observations:plan_edit": Row(get=PLANS_EL1, post=PLANS_EL1, args=_plan),
    "observations:plan_end": Row(get=PLANS_EL1, post=PLANS_EL1, args=_plan),
    "observations:import": Row(get=IMPORTS, post=IMPORTS),
    # An uploaded file is known to who brought it only.
    "observations:import_draft": Row(
        get={role: 404 if status == 200 else status for role, status in IMPORTS.items()} | {"technical_lead": 200},
        args=_import_draft,
        post={role: 404 if status == 200 else status for role, status in IMPORTS.items()} | {"technical_lead": 200},
    ),
    "observations:import_discard": Row(
        post=only("technical_lead", status=302, others=404),
        args=_import_draft,
    ),
    # --- kpis: figures are read by everybody; targets, events and reviews go by unit ---
    "kpis:dashboard": Row(get=everybody(), query="?unit=EL1"),
    "kpis:indicator": Row(get=everybody(), args=_indicator, query="?unit=EL1"),
    "kpis:export": Row(get=everybody(), args=lambda world: {"what": "dashboard"}, query="?unit=EL1&format=csv"),
    "kpis:observation_figures": Row(get=everybody(), args=lambda world: {"pk": world.more["others"].pk}),
    "kpis:targets": Row(get=everybody(), query="?unit=EL1"),
    "kpis:target": Row(get=only(*AIMS_EL1), post=only(*AIMS_EL1), args=_indicator, query="?unit=EL1"),
    "kpis:event_add": Row(get=only(*AIMS_EL1), post=only(*AIMS_EL1), args=_indicator, query="?unit=EL1"),
    "kpis:event_remove": Row(post=only(*AIMS_EL1, status=302), args=_chart_event),
    "kpis:followups": Row(get=everybody(302)),
    "kpis:followup": Row(get=everybody(), args=lambda world: [_closing(world), {"unit": "EL1", "cadence": "day"}]),
    "kpis:review": Row(post=only(*SEES_EL1, status=302), args=_closing),
}
for _app in APPS:
    assert not TABLE.keys() & _app.TABLE.keys()
    TABLE.update(_app.TABLE)

"""The pages of units, crews, people, rota, calendar and oneself: they work, refuse, and stay light."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from amps.models import AuditEntry
from principles.teams import calendars
from principles.teams.models import Crew, Role, Rota, ShiftCalendar, Unit, UnitKind, User
from principles.teams.tree import current_tree
from tests import factories as make

DAY = dt.timedelta(days=1)


@pytest.fixture
def as_admin(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def as_leader(client: Client, leader: User) -> Client:
    client.force_login(leader)
    return client


@pytest.fixture
def as_operator(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def today(plant: make.Plant) -> dt.date:
    return calendars.production_date(timezone.now())


def text(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


# --- units ---


def test_the_tree_shows_every_unit_folded(as_operator: Client):
    page = text(as_operator.get("/together/units/"))
    for code in ("DEMO", "EL1", "EL1-S2", "1006"):
        assert f'href="/together/units/{code}/"' in page
    assert "New unit" not in page


def test_a_search_keeps_what_matches_and_the_way_to_it(as_operator: Client):
    answer = as_operator.get("/together/units/?q=1001")
    page = text(answer)
    assert answer.context["tree"].matches == 1
    assert ">1001</a>" in page
    assert "1002" not in page
    assert 'href="/together/units/EL1-S1/"' in page
    assert "Nothing is called that" in text(as_operator.get("/together/units/?q=%3Cb%3E"))


def test_the_tree_and_a_unit_stay_light(as_operator: Client, plant: make.Plant, django_assert_max_num_queries):
    for section in range(3, 9):
        under = make.make_unit(f"EL1-S{section}", kind=UnitKind.SECTION, parent=plant.el1)
        for cell in range(20):
            make.make_equipment(f"{section}{cell:02}", parent=under)
    with django_assert_max_num_queries(10):
        page = as_operator.get("/together/units/")
    assert len(page.content) < 60_000
    with django_assert_max_num_queries(15):
        as_operator.get("/together/units/EL1/")


def test_an_empty_plant_says_what_to_do_first(client: Client, db: None):
    client.force_login(make.make_user(is_superuser=True))
    page = text(client.get("/together/units/"))
    assert "The plant has no units yet" in page
    assert 'href="/together/new-unit/"' in page
    made = {"code": "ACME", "kind": "company", "name_nb": "Acme", "name_en": "Acme"}
    day = calendars.production_date(timezone.now()).isoformat()
    assert client.post("/together/new-unit/", {**made, "opened": day}).status_code == 302
    assert Unit.objects.get().kind == UnitKind.COMPANY


def test_a_unit_shows_names_only_to_who_may_see_them(client: Client, plant: make.Plant, leader: User, outsider: User):
    for person, is_seen in ((leader, True), (outsider, False)):
        client.force_login(person)
        assert ("Who holds roles here" in text(client.get("/together/units/EL1/"))) is is_seen
        assert ("Test leader" in text(client.get("/together/units/EL1/")).split("<main", 1)[1]) is is_seen


def test_a_unit_that_is_not_there_is_404(as_operator: Client):
    assert as_operator.get("/together/units/NOWHERE/").status_code == 404


def test_a_leader_adds_a_section(as_leader: Client, plant: make.Plant, today: dt.date):
    sent = {"parent": "EL1", "kind": "section", "code": "EL1-S3", "name_nb": "S", "name_en": "S", "opened": str(today)}
    assert as_leader.post("/together/new-unit/", sent).headers["Location"] == "/together/units/EL1-S3/"
    assert current_tree(timezone.now()).parent(Unit.objects.get(code="EL1-S3").pk) == plant.el1.pk


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"parent": "EL2"}, "parent", "Choose one of the units in the list."),
        ({"parent": ""}, "parent", "required"),
        ({"code": "EL1"}, "code", "already exists"),
        ({"code": "a/b"}, "code", "Use letters, digits"),
        ({"kind": "plant"}, "parent", "Each level stands under a higher one"),
        ({"opened": "2020-01-01"}, "opened", "The first date possible is"),
        ({"opened": "soon"}, "opened", "Enter a valid date"),
        ({"name_nb": "x" * 200}, "name_nb", "at most 120"),
        ({"position": "-1"}, "position", "greater than or equal to 0"),
    ],
)
def test_bad_input_is_told_at_the_field_and_nothing_typed_is_lost(
    as_leader: Client, today: dt.date, change: dict[str, str], field: str, words: str
):
    sent = {
        "parent": "EL1",
        "kind": "section",
        "code": "EL1-S3",
        "name_nb": "Sør",
        "name_en": "S",
        "opened": str(today),
    }
    answer = as_leader.post("/together/new-unit/", {**sent, **change})
    page = text(answer)
    assert any(words in error for error in answer.context["form"].errors[field])
    assert "EL1-S3" in page or "code" in change
    assert "Sør" in page or "name_nb" in change
    assert not Unit.objects.filter(code="EL1-S3").exists()


def test_a_unit_is_renamed_moved_closed_and_kept(as_leader: Client, plant: make.Plant, today: dt.date):
    names = {"name_nb": "Celle x", "name_en": "Cell x", "equipment_type": "cell", "position": "4"}
    assert as_leader.post("/together/units/1001/edit/", names).status_code == 302
    sent = {"parent": "EL1-S2", "valid_from": str(today)}
    assert as_leader.post("/together/units/1001/move/", sent).status_code == 302
    assert "It stands there already" in text(as_leader.post("/together/units/1001/move/", sent))
    assert as_leader.post("/together/units/1001/close/", {"closed": str(today + DAY)}).status_code == 302
    assert "Keep it in use" in text(as_leader.get("/together/units/1001/"))
    assert as_leader.post("/together/units/1001/keep/").status_code == 302
    cell = Unit.objects.get(code="1001")
    assert (cell.name_en, cell.position, cell.closed) == ("Cell x", 4, None)
    assert current_tree(timezone.now()).parent(cell.pk) == plant.section2.pk
    actions = ["unit.edited", "unit.moved", "unit.closed", "unit.kept"]
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == actions


def test_closing_names_what_is_still_in_use(as_leader: Client, today: dt.date):
    assert "3 units under it are still in use" in text(as_leader.get("/together/units/EL1-S1/close/"))
    answer = as_leader.post("/together/units/EL1-S1/close/", {"closed": str(today + DAY)})
    assert "Cell 1001, Cell 1002, Cell 1003." in answer.context["form"].errors["closed"][0]
    assert Unit.objects.get(code="EL1-S1").closed is None


def test_a_move_to_anothers_unit_is_refused(as_leader: Client, today: dt.date):
    answer = as_leader.post("/together/units/1001/move/", {"parent": "EL2", "valid_from": str(today)})
    assert "Choose one of the units in the list." in text(answer)


# --- the unit one looks at ---


def test_the_unit_chosen_is_remembered_and_the_address_wins(as_operator: Client, plant: make.Plant):
    def here(address: str) -> str:
        return str(as_operator.get(address).context["unit_menu"]["current"])

    assert here("/together/crews/") == "Potline 1"
    assert here("/together/crews/?unit=EL2") == "Potline 2"
    assert here("/together/rota/") == "Potline 2"
    assert here("/together/rota/?unit=NOWHERE") == "Potline 2"
    assert here("/together/rota/?unit=ELK") == "Electrolysis"


def test_without_a_role_the_top_is_shown(client: Client, plant: make.Plant):
    client.force_login(make.make_user())
    menu = client.get("/together/crews/").context["unit_menu"]
    assert menu["current"] == "Unit DEMO"
    assert [(option["name"], option["depth"]) for option in menu["options"][:5]] == [
        ("Unit DEMO", 0),
        ("Unit VERK", 1),
        ("Electrolysis", 2),
        ("Potline 1", 3),
        ("Potline 2", 3),
    ]


# --- crews ---


def test_crews_show_who_is_in_ones_own_only(client: Client, plant: make.Plant):
    mine, other = Crew.objects.get(code="A"), Crew.objects.get(code="B")
    person = make.make_person(Role.OPERATOR, plant.el1, "me", crew=mine)
    make.make_user("mate", crew=mine)
    make.make_user("stranger", crew=other)
    client.force_login(person)
    page = text(client.get("/together/crews/"))
    assert "Test mate" in page
    assert "Test stranger" not in page


def test_crews_are_added_and_changed(as_admin: Client):
    new = {"code": "F", "name_nb": "Lag F", "name_en": "Crew F", "position": "6"}
    assert as_admin.post("/together/new-crew/", new).status_code == 302
    assert "already exists" in text(as_admin.post("/together/new-crew/", new))
    names = {"name_nb": "Lag Foxtrot", "name_en": "Crew Foxtrot", "position": "6"}
    assert as_admin.post("/together/crews/F/edit/", names).status_code == 302
    crew = Crew.objects.get(code="F")
    assert (crew.name_en, crew.active) == ("Crew Foxtrot", False)
    assert as_admin.get("/together/crews/Z/edit/").status_code == 404


# --- people ---


def test_people_can_be_filtered_and_sorted(as_admin: Client, plant: make.Plant, operator: User, outsider: User):
    def names(query: str) -> list[str]:
        return [person.username for person in as_admin.get(f"/together/people/{query}").context["page_obj"]]

    make.make_user("gone", is_active=False)
    assert names("") == ["admin", "operator", "outsider"]
    assert names("?role=operator") == ["operator", "outsider"]
    assert names("?in=EL1") == ["operator"]
    assert names("?in=ELK&role=operator") == ["operator"]
    assert names("?in=NOWHERE") == []
    assert names("?q=OUTS") == ["outsider"]
    assert names("?login=all&sort=-username") == ["outsider", "operator", "gone", "admin"]
    assert names("?sort=nonsense&role=nonsense&page=99") == ["admin", "operator", "outsider"]
    assert "Nobody fits these choices" in text(as_admin.get("/together/people/?q=zzz"))


def test_a_leader_sees_the_own_people_only(as_leader: Client, operator: User, outsider: User):
    found = [person.username for person in as_leader.get("/together/people/").context["page_obj"]]
    assert found == ["leader", "operator"]
    assert as_leader.get(f"/together/people/{outsider.pk}/").status_code == 404
    assert as_leader.get(f"/together/people/{operator.pk}/").status_code == 200


def test_the_list_of_people_stays_light(as_admin: Client, plant: make.Plant, django_assert_max_num_queries):
    for _ in range(60):
        make.make_person(Role.OPERATOR, plant.el1, crew=Crew.objects.get(code="A"))
    with django_assert_max_num_queries(14):
        answer = as_admin.get("/together/people/")
    assert len(answer.context["page_obj"]) == 50


def test_a_new_person_gets_a_password_that_is_shown_once_and_replaced(as_leader: Client):
    sent = {"username": "nina", "name": "Nina", "crew": "", "language": "en", "role": "operator", "unit": "EL1"}
    answer = as_leader.post("/together/people/new/", sent)
    password = answer.context["password"]
    assert password in text(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    person = User.objects.get(username="nina")
    assert person.check_password(password)
    assert person.roles.get().role == "operator"
    trail = "".join(str(entry.after) for entry in AuditEntry.objects.all())
    assert password not in trail
    assert person.password not in trail
    fresh = Client()
    fresh.post("/accounts/login/", {"login": "nina", "password": password})
    assert fresh.get("/together/units/").headers["Location"] == "/together/me/password/"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "leader"}, "username"),
        ({"username": "a b"}, "username"),
        ({"name": ""}, "name"),
        ({"role": "administrator"}, "role"),
        ({"unit": ""}, "unit"),
        ({"unit": "EL2"}, "unit"),
        ({"role": ""}, "role"),
        ({"crew": "999999"}, "crew"),
    ],
)
def test_a_refused_person_leaves_nothing_behind(as_leader: Client, change: dict[str, str], field: str):
    sent = {"username": "nina", "name": "Nina", "crew": "", "language": "en", "role": "operator", "unit": "EL1"}
    answer = as_leader.post("/together/people/new/", {**sent, **change})
    assert field in answer.context["form"].errors
    assert list(User.objects.values_list("username", flat=True)) == ["leader"]
    assert AuditEntry.objects.count() == 0


def test_a_person_is_changed_put_out_of_use_and_into_use(as_leader: Client, operator: User):
    page = f"/together/people/{operator.pk}/"
    crew = Crew.objects.get(code="C")
    assert as_leader.post(f"{page}edit/", {"name": "Ola", "crew": crew.pk, "language": "nb"}).status_code == 302
    assert "signed out everywhere" in text(as_leader.get(f"{page}out-of-use/"))
    assert as_leader.post(f"{page}out-of-use/").status_code == 302
    operator.refresh_from_db()
    assert (operator.name, operator.crew, operator.is_active) == ("Ola", crew, False)
    assert "This login is out of use." in text(as_leader.get(page))
    assert as_leader.post(f"{page}into-use/").status_code == 302
    operator.refresh_from_db()
    assert operator.is_active


def test_nobody_locks_everybody_out(as_admin: Client, admin: User):
    page = f"/together/people/{admin.pk}/out-of-use/"
    assert "You can&#x27;t put your own login out of use." in text(as_admin.post(page))
    held = admin.roles.get()
    answer = as_admin.post(f"/together/roles/{held.pk}/end/", {"on": str(calendars.production_date(timezone.now()))})
    assert "Nobody else could give roles then." in text(answer)
    admin.refresh_from_db()
    assert admin.is_active


def test_a_role_is_given_and_ended(as_leader: Client, operator: User, today: dt.date):
    sent = {"role": "shift_lead", "unit": "EL1", "valid_from": str(today), "valid_to": str(today + 30 * DAY)}
    assert as_leader.post(f"/together/people/{operator.pk}/new-role/", sent).status_code == 302
    again = text(as_leader.post(f"/together/people/{operator.pk}/new-role/", sent))
    assert "They hold this role there already in that time." in again
    held = operator.roles.get(role="operator")
    assert as_leader.post(f"/together/roles/{held.pk}/end/", {"on": str(today)}).status_code == 302
    held.refresh_from_db()
    assert held.valid_to == today
    page = text(as_leader.get(f"/together/people/{operator.pk}/"))
    assert "1 role before" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "administrator"}, "role"),
        ({"unit": "EL2"}, "unit"),
        ({"valid_from": "2020-01-01"}, "valid_from"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
        ({"role": "king"}, "role"),
    ],
)
def test_a_role_that_is_refused_says_why_at_the_field(
    as_leader: Client, operator: User, today: dt.date, change: dict[str, str], field: str
):
    sent = {"role": "shift_lead", "unit": "EL1", "valid_from": str(today), **change}
    answer = as_leader.post(f"/together/people/{operator.pk}/new-role/", sent)
    assert field in answer.context["form"].errors
    assert operator.roles.count() == 1


def test_an_administrator_gives_a_new_password(as_admin: Client, operator: User):
    page = f"/together/people/{operator.pk}/new-password/"
    assert "stops working" in text(as_admin.get(page))
    operator.refresh_from_db()
    assert operator.check_password(make.PASSWORD)
    answer = as_admin.post(page)
    operator.refresh_from_db()
    assert operator.check_password(answer.context["password"])
    assert operator.must_change_password


# --- rota and calendar ---


def test_the_rota_shows_a_month(as_operator: Client, plant: make.Plant):
    answer = as_operator.get("/together/rota/?month=2026-01")
    month = answer.context["month"]
    crew, cells = month.rows[0]
    assert (crew.code, "".join(cell.letter or "-" for cell in cells[:10])) == ("A", "MMAANN----")
    assert len(month.days) == 31
    assert not month.has_gaps
    assert (month.previous, month.following) == ("2025-12", "2026-02")
    assert text(as_operator.get("/together/rota/?month=9999-99"))
    assert as_operator.get("/together/rota/?month=2025-12").context["month"].has_gaps


def test_a_rota_is_planned_and_taken_back(as_admin: Client, today: dt.date):
    sent = {"valid_from": str(today + DAY), "pattern": "mmaann ----", "anchor": str(today), "offset": "2"}
    assert as_admin.post("/together/rota/new/", {**sent, "crews": "E D C B A"}).status_code == 302
    planned = Rota.objects.get(valid_from=today + DAY)
    assert (planned.pattern, planned.crews) == ("MMAANN----", ["E", "D", "C", "B", "A"])
    assert as_admin.post(f"/together/rota/{planned.pk}/take-back/").status_code == 302
    old = Rota.objects.get()
    as_admin.post(f"/together/rota/{old.pk}/take-back/")
    assert Rota.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"crews": "A B C D"}, "pattern", "shifts of the cycle do not have exactly one crew"),
        ({"crews": "A B C D X"}, "crews", "No crew in use is called: X."),
        ({"crews": "A A B"}, "crews", "A crew is named twice."),
        ({"pattern": "MMXX"}, "pattern", "letters that are no shift"),
        ({"valid_from": "2026-01-01"}, "valid_from", "No day that has begun can change."),
        ({"offset": "0"}, "offset", "greater than or equal to 1"),
    ],
)
def test_a_rota_that_does_not_hold_is_refused_in_words(
    as_admin: Client, today: dt.date, change: dict[str, str], field: str, words: str
):
    sent = {"valid_from": str(today + DAY), "pattern": "MMAANN----", "anchor": str(today), "offset": "2"}
    answer = as_admin.post("/together/rota/new/", {**sent, "crews": "A B C D E", **change})
    assert any(words in error for error in answer.context["form"].errors[field])
    assert Rota.objects.count() == 1


def starts(*given: str) -> dict[str, str]:
    sent = {"starts-TOTAL_FORMS": str(len(given)), "starts-INITIAL_FORMS": "3"}
    for number, one in enumerate(given):
        code, at = one.split()
        sent |= {f"starts-{number}-{key}": value for key, value in (("code", code), ("at", at))}
        sent |= {f"starts-{number}-name_{language}": f"Shift {code}" for language in ("nb", "en")}
    return sent


def test_a_calendar_is_planned_and_taken_back(as_admin: Client, today: dt.date):
    sent = {"valid_from": str(today + 5 * DAY), "zone": "Europe/Oslo"}
    assert as_admin.get("/together/calendar/new/").context["starts"].initial_form_count() == 3
    answer = as_admin.post("/together/calendar/new/", {**sent, **starts("M 05:30", "A 13:30", "N 21:30")})
    assert answer.status_code == 302
    planned = ShiftCalendar.objects.get(valid_from=today + 5 * DAY)
    assert [f"{start.code} {start.at:%H:%M}" for start in planned.starts.all()] == ["M 05:30", "A 13:30", "N 21:30"]
    assert "Take back" in text(as_admin.get("/together/calendar/"))
    assert as_admin.post(f"/together/calendar/{planned.pk}/take-back/").status_code == 302
    assert ShiftCalendar.objects.count() == 1


def test_a_shift_can_be_taken_away(as_admin: Client, today: dt.date):
    sent = {"valid_from": str(today + 5 * DAY), "zone": "Europe/Oslo", "starts-1-DELETE": "on"}
    as_admin.post("/together/calendar/new/", {**starts("M 06:00", "A 14:00", "N 18:00"), **sent})
    planned = ShiftCalendar.objects.get(valid_from=today + 5 * DAY)
    assert [start.code for start in planned.starts.all()] == ["M", "N"]


@pytest.mark.parametrize(
    ("given", "zone", "words"),
    [
        (("M 06:00", "M 14:00", "N 22:00"), "Europe/Oslo", "Every shift needs a letter of its own."),
        (("M 06:00", "A 05:00", "N 22:00"), "Europe/Oslo", "follow each other within 24 hours"),
        (("M 06:00", "D 14:00", "N 22:00"), "Europe/Oslo", "D stands for day work"),
        (("M 06:00", "A 99:99", "N 22:00"), "Europe/Oslo", "Enter a valid time."),
        (("M 06:00", "A 14:00", "N 22:00"), "Mars/Base", "No time zone is called that."),
        (("M 06:00", "A 14:00", "N 22:00"), "../../etc/passwd", "No time zone is called that."),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_in_words(
    as_admin: Client, today: dt.date, given: tuple[str, ...], zone: str, words: str
):
    sent = {"valid_from": str(today + 5 * DAY), "zone": zone}
    assert words in text(as_admin.post("/together/calendar/new/", {**sent, **starts(*given)}))
    assert ShiftCalendar.objects.count() == 1


def test_the_calendar_notes_the_nights_of_the_clocks(as_operator: Client):
    hours = {night.hours for night in as_operator.get("/together/calendar/").context["odd_nights"]}
    assert hours == {7.0, 9.0}


# --- oneself ---


def test_language_and_look_are_kept_with_the_person(as_operator: Client, operator: User):
    answer = as_operator.post("/together/me/", {"language": "nb", "theme": "dark"})
    assert answer.cookies["amps_theme"].value == "dark"
    operator.refresh_from_db()
    assert (operator.language, operator.theme) == ("nb", "dark")
    other = Client()
    other.force_login(operator)
    assert 'lang="nb" data-theme="dark"' in other.get("/together/me/").content.decode()
    assert "theme" in as_operator.post("/together/me/", {"language": "nb", "theme": "pink"}).context["form"].errors


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"old": "wrong"}, "old"),
        ({"again": "something else"}, "again"),
        ({"new": "short", "again": "short"}, "new"),
        ({"new": "1234567890123", "again": "1234567890123"}, "new"),
        ({"new": "", "again": ""}, "new"),
    ],
)
def test_a_password_is_changed_only_when_everything_is_right(
    as_operator: Client, operator: User, change: dict[str, str], field: str
):
    right = {"old": make.PASSWORD, "new": "three odd words here", "again": "three odd words here"}
    answer = as_operator.post("/together/me/password/", {**right, **change})
    assert field in answer.context["form"].errors
    operator.refresh_from_db()
    assert operator.check_password(make.PASSWORD)
    assert "three odd words here" not in answer.content.decode()


def test_a_changed_password_signs_other_devices_out(as_operator: Client, operator: User):
    other = Client()
    other.force_login(operator)
    fields = {"old": make.PASSWORD, "new": "three odd words here", "again": "three odd words here"}
    assert as_operator.post("/together/me/password/", fields).status_code == 302
    assert as_operator.get("/together/me/").status_code == 200
    assert other.get("/together/me/").status_code == 302

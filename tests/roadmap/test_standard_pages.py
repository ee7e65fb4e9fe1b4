"""The roadmap's page, a newer version by preview, and the plant's own items."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from amps.models import AuditEntry
from principles.teams.models import Role
from roadmap.fingerprints import COLUMNS
from roadmap.loading import STANDARD
from roadmap.models import Evaluation, FocusItem, Rule, StandardVersion
from roadmap.reading import items_of, version_in_use
from roadmap.services.standard import local_item_add, standard_import
from roadmap.standard_file import standard_read
from tests import factories as make
from tests.roadmap.test_item_page import client_of
from tests.roadmap.test_standard_file import SMALL

pytestmark = pytest.mark.django_db
IMPORT = "/direction/roadmap/import/"


@pytest.fixture
def manager(table):
    return client_of(make.make_person(Role.PLANT_MANAGER, table.plant.plant, "manager"))


def upload(client, data: bytes, name="roadmap.yaml"):
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data, "application/x-yaml")})


def newer() -> str:
    text = STANDARD.read_text(encoding="utf-8").replace("version: '1.0'", "version: '1.1'", 1)
    return text.replace("Identification and prioritisation", "Identification and sound prioritisation", 1)


def test_the_page_shows_rules_items_and_measures(table, django_assert_max_num_queries):
    client = client_of(table.outsider)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("roadmap:standard")).content.decode()
    assert "version 1.0" in page
    assert "Identification and prioritisation" in page
    assert "Critical processes with an approved SOP" in page
    assert "base of pay supplement" in page
    assert "Local item" not in page
    assert "Import a newer version" not in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "The file is no text in UTF-8"),
        (b"a: [", "This is no YAML"),
        (b"a: &a [*a]", "Anchors and aliases"),
        (b"[" * 50_000, "nested too deep"),
        (b"x" * (1024 * 1024 + 10), "larger than 1 MB"),
        (b"hello: world", "“version” is missing"),
        (SMALL.replace("nb: alle}", "xx: alle}").encode(), "no text in the language nb"),
        (SMALL.replace("metric: share", "metric: other").encode(), "“other” is not described"),
        (SMALL.replace("green_at: 100", "green_at: 1").encode(), "below yellow"),
        (SMALL.replace("'2.0'", "'1.0'").encode(), "Version 1.0 is here already, with other content"),
        (STANDARD.read_bytes(), "Version 1.0 is here already, with the same content"),
        ((SMALL + SMALL[SMALL.index("    - code: 1.1.1") :]).encode(), "given to two focus items"),
    ],
)
def test_a_bad_file_is_told_in_a_sentence_and_stores_nothing(manager, data, words):
    answer = upload(manager, data)
    assert answer.status_code == 200
    assert words in answer.content.decode().replace("&amp;", "&")
    assert StandardVersion.objects.count() == 1


def test_no_file_at_all(manager):
    assert "Choose the roadmap&#x27;s YAML file" in manager.post(IMPORT, {}).content.decode()


def test_a_newer_version_is_looked_at_first_and_then_taken_into_use(table, manager):
    evaluation = table.open()
    page = upload(manager, newer().encode()).content.decode()
    assert '<ins class="diff-add">sound ' in page
    assert "Potline 1" in page
    assert StandardVersion.objects.count() == 1
    answer = manager.post(IMPORT, {"text": newer(), "base": "1.0"})
    assert answer.url == reverse("roadmap:standard")
    assert version_in_use().version == "1.1"
    assert Evaluation.objects.get(pk=evaluation.pk).version.version == "1.0"
    assert "Identification and sound prioritisation" in manager.get(reverse("roadmap:standard")).content.decode()
    old = StandardVersion.objects.get(version="1.0")
    page = manager.get(reverse("roadmap:standard_version", args=[old.pk])).content.decode()
    assert "This is an older version" in page
    assert "Identification and sound" not in page
    entry = AuditEntry.objects.get(action="roadmap.imported")
    assert entry.after["version"] == "1.1"


def test_line_ends_of_the_browser_make_no_other_file(manager):
    manager.post(IMPORT, {"text": newer().replace("\n", "\r\n"), "base": "1.0"})
    assert "with the same content" in upload(manager, newer().encode()).content.decode()


def test_another_version_came_between_preview_and_adoption(table, manager):
    standard_import(text=SMALL, base="1.0", actor=None, now=table.now)
    page = manager.post(IMPORT, {"text": newer(), "base": "1.0"}).content.decode()
    assert "Another version was taken into use meanwhile" in page
    assert version_in_use().version == "2.0"
    assert manager.post(IMPORT, {"text": newer(), "base": "2.0"}).status_code == 302


def test_what_is_adopted_is_read_again(manager):
    assert "This is no YAML" in manager.post(IMPORT, {"text": "a: [", "base": "1.0"}).content.decode()
    assert "is missing" in manager.post(IMPORT, {"text": "a: b", "base": "1.0"}).content.decode()


def test_local_items_follow_where_their_rule_is_still_there(table, manager):
    rules = {rule.code: rule for rule in Rule.objects.all()}
    for code in ("1.1", "2.2"):
        local_item_add(unit=table.plant.el1, rule=rules[code], texts=dict.fromkeys(COLUMNS, "ours"), actor=table.leader)
    evaluation = table.open()
    page = upload(manager, SMALL.encode()).content.decode()
    assert "1 local item follows" in page
    assert "2.2.L1" in page[page.index("stay behind") :]
    manager.post(IMPORT, {"text": SMALL, "base": "1.0"})
    new = version_in_use()
    copied = FocusItem.objects.get(rule__principle__version=new, local_to__isnull=False)
    assert (copied.code, copied.fingerprint) == ("1.1.L1", FocusItem.objects.filter(code="1.1.L1").first().fingerprint)
    assert len(items_of(evaluation)) == 63
    assert len(items_of(table.open(unit=table.plant.el1, crew=table.crew, version=new))) == 2
    assert standard_read(SMALL).version == new.version


# --- local items ---


def sent(**changes) -> dict[str, str]:
    return {"name_nb": "Vårt", "red_nb": "r", "yellow_nb": "g", "green_nb": "gr", **changes}


def test_a_local_item_is_added_changed_and_put_out_of_use(table):
    leader = client_of(table.leader)
    new = reverse("roadmap:local_item_new") + "?rule=1.2"
    assert "Write this in one of the languages at least" in leader.post(new, {"unit": "EL1"}).content.decode()
    assert leader.post(new, {**sent(), "unit": "VERK"}).status_code == 200  # not hers to choose
    assert not FocusItem.objects.filter(local_to__isnull=False).exists()
    leader.post(new, {**sent(), "unit": "EL1"})
    item = FocusItem.objects.get(code="1.2.L1")
    assert item.local_to == table.plant.el1
    assert "local: Potline 1" in leader.get(reverse("roadmap:standard")).content.decode()
    edit = reverse("roadmap:local_item_edit", args=[item.pk])
    leader.post(edit, {**sent(red_nb="rødt"), "seen": item.fingerprint})
    item.refresh_from_db()
    assert item.red_nb == "rødt"
    # Somebody who opened it before that is told, and nothing of theirs is lost.
    stale = leader.post(edit, {**sent(red_nb="my words"), "seen": "0" * 64}).content.decode()
    assert "Someone else has changed this item" in stale
    assert "my words" in stale
    assert f'value="{item.fingerprint}"' in stale
    leader.post(reverse("roadmap:local_item_use", args=[item.pk]), {"use": "0"})
    assert "1.2.L1" not in client_of(table.kari).get(reverse("roadmap:standard")).content.decode()
    assert "out of use" in leader.get(reverse("roadmap:standard")).content.decode()
    leader.post(reverse("roadmap:local_item_use", args=[item.pk]), {"use": "1"})
    assert FocusItem.objects.get(pk=item.pk).active
    assert AuditEntry.objects.filter(action__startswith="local_item.").count() == 4


def test_items_of_the_standard_and_of_older_versions_are_not_edited(table):
    leader = client_of(table.leader)
    standard = FocusItem.objects.get(code="1.1.1")
    assert leader.get(reverse("roadmap:local_item_edit", args=[standard.pk])).status_code == 404
    rule = Rule.objects.get(code="1.1")
    item = local_item_add(unit=table.plant.el1, rule=rule, texts=dict.fromkeys(COLUMNS, "ours"), actor=table.leader)
    standard_import(text=SMALL, base="1.0", actor=None, now=table.now)
    page = leader.post(
        reverse("roadmap:local_item_edit", args=[item.pk]), {**sent(), "seen": item.fingerprint}
    ).content.decode()
    assert "A newer version of the roadmap is in use" in page
    assert leader.get(reverse("roadmap:local_item_new") + "?rule=9.9").status_code == 404

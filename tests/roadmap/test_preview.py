"""What a newer version changes: every code in exactly one part; the same exactly where nothing differs."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from roadmap.fingerprints import COLUMNS, fingerprint
from roadmap.loading import STANDARD, standard_load
from roadmap.models import StandardVersion
from roadmap.preview import partition, preview
from roadmap.services.standard import local_item_add
from roadmap.standard_data import EvidenceData, ItemData
from roadmap.standard_file import standard_read
from tests.roadmap.test_standard_file import SMALL

WORDS = st.text(alphabet="abæø \n", max_size=4)
TEXTS = st.fixed_dictionaries(dict.fromkeys(COLUMNS, WORDS))
CODES = st.sampled_from([f"1.1.{n}" for n in range(1, 6)])
EVIDENCE = st.builds(
    EvidenceData,
    metric=st.sampled_from(["a", "b"]),
    yellow_at=st.sampled_from([Decimal(60), Decimal(50)]),
    green_at=st.just(Decimal(100)),
    cadence=st.just("day"),
    length=st.just(1),
    scope=st.just("unit"),
    binding=st.just("worst"),
)


@st.composite
def versions(draw):
    codes = draw(st.lists(CODES, unique=True))
    return {
        code: ItemData(code, draw(TEXTS), tuple(draw(st.lists(EVIDENCE, max_size=2, unique_by=lambda e: e.metric))))
        for code in codes
    }


def said(item: ItemData) -> tuple[str, ...]:
    return tuple(" ".join(item.texts[column].split()) for column in COLUMNS)


@given(before=versions(), after=versions())
def test_every_code_stands_in_exactly_one_part(before, after):
    found = partition(before, after)
    parts = [found.added, found.changed, found.removed, found.same]
    assert sorted(code for part in parts for code in part) == sorted({*before, *after})
    assert set(found.added) == set(after) - set(before)
    assert set(found.removed) == set(before) - set(after)
    for code in found.same:
        assert said(before[code]) == said(after[code])
        assert set(before[code].evidence) == set(after[code].evidence)


@given(before=versions())
def test_a_version_against_itself_changes_nothing(before):
    found = partition(before, before)
    assert found.same == list(before)
    assert not found.added
    assert not found.changed
    assert not found.removed


@given(code=CODES, other=CODES, first=TEXTS, second=TEXTS)
def test_two_items_are_the_same_exactly_when_code_and_texts_are(code, other, first, second):
    is_same = code == other and said(ItemData(code, first, ())) == said(ItemData(other, second, ()))
    assert (fingerprint(code, first) == fingerprint(other, second)) is is_same


@pytest.mark.django_db
def test_the_preview_shows_words_limits_and_what_stays_behind(table):
    version = standard_load(now=table.now)
    running = table.open()
    rules = {rule.code: rule for one in version.principles.all() for rule in one.rules.all()}
    texts = dict.fromkeys(COLUMNS, "local words")
    local_item_add(unit=table.plant.el1, rule=rules["1.1"], texts=texts, actor=table.leader)
    local_item_add(unit=table.plant.el1, rule=rules["5.4"], texts=texts, actor=table.leader)
    text = STANDARD.read_text(encoding="utf-8").replace("version: '1.0'", "version: '1.1'", 1)
    text = text.replace("Identification and prioritisation", "Identification and sound prioritisation", 1)
    text = text.replace("yellow_at: 60", "yellow_at: 70", 1)
    start, end = text.index("  - code: '5.4'"), len(text)
    data = standard_read(text[:start])
    assert end > start
    with translation.override("en"):
        found = preview(data, base=version)
    assert found.changed[0].code == "1.1.1"
    change = found.changed[0]
    assert [(one.label, [(s.kind.value, s.text.strip()) for s in one.segments]) for one in change.texts] == [
        ("Name", [("same", "Identification and"), ("added", "sound"), ("same", "prioritisation")])
    ]
    assert [(one.before, one.after) for one in change.limits] == [
        ("yellow from 60, green from 100 %", "yellow from 70, green from 100 %")
    ]
    assert not change.carries_over
    assert [rule.code for rule in found.rules_removed] == ["5.4"]
    assert [item.code for item in found.removed] == ["5.4.1", "5.4.2", "5.4.3"]
    assert [item.code for item in found.local_kept] == ["1.1.L1"]
    assert [item.code for item in found.local_lost] == ["5.4.L1"]
    assert found.running == [running]
    assert found.same == 61 - 3 - len(found.changed)


@pytest.mark.django_db
def test_the_first_version_adds_everything():
    found = preview(standard_read(SMALL), base=None)
    assert [item.code for item in found.added] == ["1.1.1"]
    assert not found.removed
    assert StandardVersion.objects.filter(version="2.0").count() == 0

"""Real PDFs: the plan with 200 actions and a signed self-evaluation, read again with another program."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import socket
from collections import Counter
from itertools import pairwise
from typing import Any

import pypdf
import pytest
from django.db import transaction
from django.utils import timezone, translation

from amps.documents import registry
from amps.documents.rendering import pdf_write
from principles.teams.models import User
from tests.documents.world import HOSTILE, LONG_WORD, NOW, PlanWorld

pytestmark = pytest.mark.slow
OUT = os.environ.get("AMPS_KEEP_PDF", "")
LEFT, RIGHT = 53, 595 - 53  # points: the page without its margins


class Paper:
    """One PDF that was made, and what a reader gets out of it."""

    numbers: list[str]  # of the actions that it should show
    opened: list[object]  # addresses that were connected to while it was made

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reader = pypdf.PdfReader(io.BytesIO(data))
        self.root: Any = self.reader.trailer["/Root"]
        self.pages = [page.extract_text() for page in self.reader.pages]
        self.text = "\n".join(self.pages)
        # Lines break inside words that are too long, and between words.
        self.unbroken = re.sub(r"\s+", "", self.text)

    def bookmarks(self) -> list[str]:
        found = []

        def walk(outline):
            for entry in outline:
                walk(entry) if isinstance(entry, list) else found.append(entry.title)

        walk(self.reader.outline)
        return found

    def annotations(self):
        return [note.get_object() for page in self.reader.pages for note in page.get("/Annots", [])]

    def tags(self) -> Counter[str]:
        """How many of each kind of structure element."""
        found: Counter[str] = Counter()
        todo: list[Any] = [self.root["/StructTreeRoot"]]
        while todo:
            kid = todo.pop()
            kid = kid.get_object() if hasattr(kid, "get_object") else kid
            if isinstance(kid, list):
                todo += kid
            elif isinstance(kid, dict):
                if "/S" in kid:
                    found[kid["/S"]] += 1
                    if kid["/S"] == "/Figure":
                        found["with words" if kid.get("/Alt") else "without words"] += 1
                todo += [kid["/K"]] if "/K" in kid else []
        return found


def drawn(kind: str, params: registry.Params, reader: User, language: str) -> Paper:
    """The document as its reader would get it."""
    with translation.override(language), timezone.override(registry.plant_zone()):
        built = registry.kind_of(kind).build(
            params, reader=reader, language=language, now=NOW, progress=lambda share: None
        )
        target = io.BytesIO()
        pdf_write(built, target, now=NOW)
    if OUT:
        with open(f"{OUT}/{kind}-{language}-{reader.username}.pdf", "wb") as kept:
            kept.write(target.getvalue())
    return Paper(target.getvalue())


@pytest.fixture(scope="module")
def papers(django_db_setup, django_db_blocker) -> dict[str, Paper]:
    """The documents, made once; no connection but the database's is opened meanwhile."""
    opened: list[object] = []
    connect = socket.socket.connect

    def watched(self, address):
        opened.append(address)
        return connect(self, address)

    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        world = PlanWorld(200)
        patch.setattr(socket.socket, "connect", watched)
        plan, evaluation = {"unit": "EL1", "year": 2026}, {"evaluation": world.last.pk}
        for index in range(12):
            world.action(index, world.plant.el2)
        made = {
            "plan": drawn("plan", plan, world.leader, "en"),
            "plan nb": drawn("plan", {**plan, "unit": "EL2"}, world.customer, "nb"),
            "evaluation": drawn("evaluation", evaluation, world.leader, "en"),
        }
        made["plan"].numbers = [action.number for action in world.actions]
        transaction.set_rollback(True)
    made["plan"].opened = opened
    return made


@pytest.fixture
def plan(papers: dict[str, Paper]) -> Paper:
    return papers["plan"]


@pytest.fixture
def evaluation(papers: dict[str, Paper]) -> Paper:
    return papers["evaluation"]


@pytest.mark.parametrize(("name", "language", "title"), [
    ("plan", "en", "Business plan 2026"), ("plan nb", "nb", None), ("evaluation", "en", "Self-evaluation"),
])  # fmt: skip
def test_it_says_what_it_is_and_is_tagged(papers, name, language, title):
    paper = papers[name]
    assert paper.root["/Lang"] == language
    assert paper.root["/MarkInfo"]["/Marked"]
    assert paper.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert paper.reader.metadata.title
    assert title is None or paper.reader.metadata.title == title
    assert b'pdfuaid:part="1"' in paper.reader.xmp_metadata.stream.get_data()
    tags = paper.tags()
    assert tags["/H1"] == 1
    assert tags["/H2"] >= 6
    assert tags["/TH"] > 50
    assert tags["/Link"] > 5
    # Every drawing says in words what it shows.
    assert tags["/Figure"] >= 4
    assert tags["with words"] == tags["/Figure"]


@pytest.mark.parametrize("name", ["plan", "plan nb", "evaluation"])
def test_its_fonts_are_inside_and_its_pages_are_a4(papers, name):
    for page in papers[name].reader.pages:
        assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
        for font in page["/Resources"].get("/Font", {}).values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & descriptor.keys()
            assert "Atkinson" in descriptor["/FontName"]


def test_all_200_actions_are_in_it(plan):
    assert len(plan.numbers) == 200
    start, end = plan_span(plan)
    table = "\n".join(plan.pages[start:end])
    missing = [number for number in plan.numbers if not re.search(rf"^{number}\b", table, re.M)]
    assert missing == []


def plan_span(plan) -> tuple[int, int]:
    """First page of the actions, and the page after their last."""
    first = next(n for n, text in enumerate(plan.pages) if n and "Action and goal" in text)
    last = next(n for n, text in enumerate(plan.pages) if n > first and "Overdue actions" in text)
    return first, last + 1


def test_heads_are_repeated_on_every_page_of_the_table(plan):
    start, end = plan_span(plan)
    assert end - start > 8
    for text in plan.pages[start : end - 1]:
        assert re.search(r"No\.\s+Action and goal\s+Owner\s+Due\s+State\s+Effect", text)


def test_every_page_but_the_cover_has_its_head_and_number(plan):
    count = len(plan.pages)
    assert "page" not in plan.pages[0].split("Contents")[0]
    for number, text in enumerate(plan.pages[1:], start=2):
        assert f"page {number} of {count}" in text
        assert "Unit EL1" in text or "Elektrolysehall 1" in text or "Potroom 1" in text or "Potline" in text
        assert "Plan 2026" in text


def test_norwegian_letters_are_text_that_can_be_found(papers):
    paper = papers["plan nb"]
    assert "Måle badhøyde på hver celle" in re.sub(r"\s+", " ", paper.text)
    assert "Øve inn dekking" in paper.text
    assert "Åpne mannlokk" in paper.text


def test_what_people_wrote_is_text_and_nothing_else(plan, papers):
    for paper in (plan, papers["plan nb"], papers["evaluation"]):
        assert re.sub(r"\s+", "", HOSTILE)[:100] in paper.unbroken
        assert b"/EmbeddedFile" not in paper.data
        assert paper.reader.attachments == {}
        # Every link leads to a place in the document itself.
        assert paper.annotations()
        for note in paper.annotations():
            assert note["/Subtype"] == "/Link"
            assert "/A" not in note or note["/A"]["/S"] == "/GoTo"
            assert "file:" not in str(note)
        assert b"/URI" not in paper.data
        assert "root:x:" not in paper.text


def test_no_connection_was_opened_while_they_were_made(plan):
    # The database's own was open before.
    assert plan.opened == []


def test_very_long_words_are_broken_and_nothing_runs_out_of_the_page(plan, evaluation):
    assert LONG_WORD in plan.unbroken
    start, end = plan_span(plan)
    for page in (*plan.reader.pages[start:end:5], evaluation.reader.pages[-1]):
        places = []
        page.extract_text(visitor_text=lambda text, cm, tm, font, size, at=places: at.append((text, cm, tm)))
        for text, cm, tm in places:
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            if text.strip():
                assert LEFT <= x <= RIGHT, (text, x)


def test_contents_and_bookmarks_lead_to_its_parts(plan):
    assert plan.bookmarks()[:3] == ["Business plan 2026", "Summary", "Challenges"]
    assert {"Actions by principle", "Status", "Effect", "Self-evaluation and gaps"} <= set(plan.bookmarks())
    led = {note.get_object()["/Dest"] for note in plan.reader.pages[0]["/Annots"]}
    assert led == {"summary", "challenges", "actions", "status", "effect", "evaluation"}
    places = plan.reader.named_destinations
    for name, heading in (("summary", "Summary"), ("effect", "Effect"), ("evaluation", "Self-evaluation and gaps")):
        assert heading in plan.pages[plan.reader.get_destination_page_number(places[name])]


def test_the_summary_is_one_page(plan):
    summary, challenges = (
        next(n for n, text in enumerate(plan.pages) if n and heading in text) for heading in ("Summary", "Challenges")
    )
    assert challenges - summary == 1
    assert "200 actions" in plan.pages[summary]


def test_names_are_only_there_for_who_may_see_them(papers):
    assert "Øyvind Ås" in papers["plan"].text
    # The customer holds a role in another part of the plant.
    assert "Øyvind Ås" not in papers["plan nb"].text


def test_expected_stands_beside_measured(plan):
    [effect] = [n for n, (before, text) in enumerate(pairwise(plan.pages)) if "what was expected beside" in text]
    rows = "\n".join(plan.pages[effect + 1 :])
    assert re.search(r"17\.2\s+18\.2\s+\+1\.5\s+\+1\.0", rows)
    assert "Not verified yet" in rows


def test_an_evaluation_shows_reasons_facts_claims_signatures_and_reopenings(evaluation):
    text = re.sub(r"\s+", " ", evaluation.text)
    assert "Åse Bø" in evaluation.pages[0]
    assert "Tue 10 Nov 2026" in evaluation.pages[0]
    assert "Gruppa så på 2 kort" in text
    assert re.search("against the facts Tallene er fra før ombyggingen", text, re.I)
    assert "they suggest" in text
    assert "bound by Steps covered by SOPs" in text
    assert "Last time:" in text
    assert "Punkt 1.2.1 var glemt." in text
    assert text.count("No, reopened since") == 4
    assert "Tue 10 Nov 2026 15:00" in text
    assert "1.1.1" in text
    assert "5.4.3" in text
    assert "Group and signatures" in evaluation.bookmarks()


def test_an_evaluation_compares_with_last_time_and_the_target(evaluation):
    assert "since last time" in evaluation.text
    assert "Practice rules against the target" in evaluation.text


@pytest.mark.django_db
def test_an_empty_plan_is_a_plan(db):
    from tests import factories as make

    make.make_plant()
    make.make_schedule()
    leader = make.make_person("plant_manager", make.Unit.objects.get(code="VERK"), "boss")
    paper = drawn("plan", {"unit": "EL1", "year": 2027}, leader, "en")
    assert "The plan has no actions yet." in paper.text
    assert "No self-evaluation is signed yet." in paper.text
    assert paper.reader.metadata.title == "Business plan 2027"


def test_the_day_it_was_made_is_the_plants(plan):
    assert dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC) == NOW
    assert "Fri 20 Nov 2026 13:00" in plan.pages[0]

"""The agreement on paper: at most two pages, both signatures, in both languages, for those who may read it."""

from __future__ import annotations

import datetime as dt
import io

import pypdf
import pytest
from django.urls import reverse
from django.utils import translation

from amps.documents import NothingToShow, registry
from amps.documents.rendering import pdf_write
from principles.agreements.models import Agreement
from principles.agreements.services import agreements
from principles.teams.models import User
from tests.agreements.world import NOW, World, make_breach, make_draft, make_signed, make_term


def paper(agreement: Agreement, reader: User, language: str) -> tuple[int, str]:
    """How many pages, and their text with single spaces."""
    with translation.override(language):
        built = registry.kind_of("agreement").build(
            {"agreement": agreement.pk}, reader=reader, language=language, now=NOW, progress=lambda share: None
        )
        target = io.BytesIO()
        pdf_write(built, target, now=NOW)
    pages = pypdf.PdfReader(io.BytesIO(target.getvalue())).pages
    return len(pages), " ".join(" ".join(page.extract_text().split()) for page in pages)


def full(world: World) -> Agreement:
    """An agreement with eight terms and every text, signed by both."""
    words = "Skjøtter sitt, på ærlig vis. " * 12
    draft = make_draft(
        world.relationship,
        scope=words,
        supplier_duties=words,
        customer_duties=words,
        information=words,
        reaction=words,
        arena="Morgenmøtet",
        review_on=dt.date(2026, 12, 1),
    )
    for number in range(7):
        make_term(draft, text_en=f"Expectation {number}", text_nb=f"Forventning {number}", aspect="quality")
    agreements.agreement_sign(agreement=draft, side="supplier", actor=world.leader, now=NOW)
    return agreements.agreement_sign(agreement=draft, side="customer", actor=world.customer, now=NOW)


@pytest.mark.slow
def test_a_full_agreement_takes_two_pages_at_most(world):
    signed = full(world)
    make_breach(signed, world.caster)
    number, text = paper(signed, world.leader, "en")
    assert number <= 2
    assert "4,950 to 5,050 kg" in text
    assert "Skjøtter sitt, på ærlig vis." in text
    for person in (world.leader, world.customer):
        assert person.name in text
    assert "Broken 1 time in this version." in text


@pytest.mark.slow
def test_its_own_words_follow_the_language_and_markup_is_text(world):
    draft = make_draft(world.relationship, scope='<b>Fet</b> <img src="file:///etc/passwd">')
    _, text = paper(draft, world.leader, "nb")
    assert "Metall til støperiet" in text
    assert '<b>Fet</b> <img src="file:///etc/passwd">' in text
    assert "Masse i hver digel" in text


def test_who_may_have_it(world):
    signed = make_signed(world)
    kind = registry.kind_of("agreement")
    params = {"agreement": signed.pk}
    assert kind.is_allowed(world.caster, params)
    assert not kind.is_allowed(world.stranger, params)
    assert not kind.is_allowed(world.manager, {"agreement": 0})
    assert not kind.is_allowed(world.manager, {"agreement": "x"})
    assert kind.heading(params) == f"Agreement {signed.number} Metal to the casthouse"
    with pytest.raises(NothingToShow):
        kind.build({"agreement": 0}, reader=world.manager, language="en", now=NOW, progress=lambda share: None)


def test_what_is_agreed_is_not_on_everybodys_audit_trail(world, client):
    make_breach(make_signed(world), world.caster, what="A secret spill")
    trail = reverse("teams:audit")
    client.force_login(world.leader)
    assert b"A secret spill" in client.get(trail).content
    client.force_login(world.stranger)
    page = client.get(trail).content
    assert b"A secret spill" not in page
    assert b"Agreement signed" not in page
    assert b"Relationship added" in page  # the register itself is everybody's

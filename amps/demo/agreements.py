"""The demo's register of who supplies whom, six agreements in force, and one that was broken three times."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from amps.demo.agreement_papers import PAPERS
from amps.demo.agreement_texts import LINKS, OUTSIDE, Expectation, Link, Paper
from amps.demo.history import Life, Pair, Stage
from kpis.breaches import breaches_detect, term_measure_set
from kpis.models import Closing, Indicator
from principles.agreements.models import Agreement, Breach, ExternalParty, Need, Relationship, Term, TermCadence
from principles.agreements.parties import Side
from principles.agreements.services.agreements import agreement_draft, agreement_sign, term_save
from principles.agreements.services.breaches import breach_answer, breach_confirm, breach_deviation_open, breach_report
from principles.agreements.services.register import need_add, party_save, register_confirm, relationship_add
from principles.improvement.services.deviations import deviation_contain, deviation_edit

BROKEN = "metal"
_HOUR = dt.timedelta(hours=1)
# What the casthouse reported: which term, how many days back, at which hour, the value, what happened.
_BATH = (
    3,
    38,
    4,
    "14",
    ("14 kg of bath in the crucible; it had to be skimmed twice.", "14 kg bad i digelen; den måtte skummes to ganger."),
)
_MASS = (0, 12, 23, "-85", ("85 kg short: the mould was not filled.", "85 kg for lite: kokillen ble ikke fylt."))
_IRON = (
    4,
    3,
    7,
    None,
    ("No iron was told before the shift planned its charges.", "Jern var ikke meldt før skiftet planla chargene sine."),
)


def register_make(stage: Stage) -> dict[str, Agreement]:
    """Write the register, and the agreements that both sides signed; returns these by their relationship's key."""
    links = _links(stage)
    agreements = {paper.link: _agreement(stage, paper, *links[paper.link]) for paper in PAPERS}
    for unit, leader in (("ELK", "leader-elk"), ("STO", "leader-sto"), ("KAR", "leader-kar")):
        register_confirm(unit=stage.unit(unit), actor=stage.person(leader), now=stage.ago(25, 14))
    weeks = Closing.objects.filter(cadence=TermCadence.WEEK).order_by("ends_at").values_list("pk", flat=True)
    breaches_detect(list(weeks), now=stage.until)
    return agreements


def breach_lives(stage: Stage, agreements: dict[str, Agreement]) -> list[Life]:
    """The three times that the metal agreement was not kept: confirmed as closed, answered, open with a deviation."""
    terms = list(agreements[BROKEN].terms.order_by("position"))
    return [_closed(stage, terms), _answered(stage, terms), _open(stage, terms)]


def _links(stage: Stage) -> dict[str, tuple[Relationship, list[Need]]]:
    admin, start = stage.person("manager"), stage.ago(400)
    parties: dict[str, ExternalParty] = {
        code: party_save(party=None, code=code, name_en=en, name_nb=nb, active=True, actor=admin)
        for code, en, nb in OUTSIDE
    }

    def relationship(link: Link) -> Relationship:
        return relationship_add(
            supplier=parties.get(link.supplier) or stage.unit(link.supplier),
            customer=parties.get(link.customer) or stage.unit(link.customer),
            what_en=link.what[0],
            what_nb=link.what[1],
            kind=link.kind,
            criticality=link.criticality,
            actor=admin,
            now=start,
            valid_from=_long_ago(stage, 400),
        )

    found: dict[str, tuple[Relationship, list[Need]]] = {}
    for link in LINKS:
        row = relationship(link)
        needs = [need_add(relationship=row, text_en=en, text_nb=nb, actor=admin) for en, nb in link.needs]
        found[link.key] = row, needs
    return found


def _agreement(stage: Stage, paper: Paper, relationship: Relationship, needs: list[Need]) -> Agreement:
    drafted = stage.clock(_long_ago(stage, paper.signed + 14), 9)
    signed = stage.clock(_long_ago(stage, paper.signed), 10)
    supplier, customer = (stage.person(username) for username in paper.signers)
    agreement = agreement_draft(
        relationship=relationship,
        actor=supplier,
        now=drafted,
        title_en=paper.title[0],
        title_nb=paper.title[1],
        scope=stage.say(paper.scope),
        supplier_duties=stage.say(paper.supplier_duties),
        customer_duties=stage.say(paper.customer_duties),
        information=stage.say(paper.information),
        reaction=stage.say(paper.reaction),
        arena=stage.say(paper.arena),
        supplier_contact=str(supplier),
        customer_contact=str(customer),
        valid_from=_long_ago(stage, paper.signed) + dt.timedelta(days=1),
        review_on=stage.today + dt.timedelta(days=paper.review),
    )
    for expected in paper.terms:
        term = _term(agreement, expected, needs, stage, drafted)
        if expected.measure is not None:
            code, place = expected.measure
            indicator = Indicator.objects.get(code=code)
            term_measure_set(term=term, indicator=indicator, unit=stage.unit(place), actor=supplier, now=drafted)
    agreement_sign(agreement=agreement, side=Side.SUPPLIER, actor=supplier, now=signed)
    return agreement_sign(agreement=agreement, side=Side.CUSTOMER, actor=customer, now=signed + 3 * _HOUR)


def _term(agreement: Agreement, expected: Expectation, needs: list[Need], stage: Stage, now: dt.datetime) -> Term:
    return term_save(
        agreement=agreement,
        actor=agreement.created_by,
        now=now,
        aspect=expected.aspect,
        text_en=expected.text[0],
        text_nb=expected.text[1],
        owed_by_customer=expected.by_customer,
        lower=None if expected.lower is None else Decimal(expected.lower),
        upper=None if expected.upper is None else Decimal(expected.upper),
        unit=expected.unit,
        decimals=expected.decimals,
        cadence=expected.cadence,
        need=None if expected.need is None else needs[expected.need],
    )


def _long_ago(stage: Stage, days: float) -> dt.date:
    """What was agreed upon is older than the facts, however short the demo is."""
    return stage.today - dt.timedelta(days=round(days))


type _Case = tuple[int, int, int, str | None, Pair]


def _report(stage: Stage, terms: list[Term], case: _Case, now: dt.datetime) -> Breach:
    place, _days, _hour, value, what = case
    return breach_report(
        term=terms[place],
        occurred_at=now - _HOUR,
        what=stage.say(what),
        value=None if value is None else Decimal(value),
        actor=stage.person("customer"),
        now=now,
    )


def _closed(stage: Stage, terms: list[Term]) -> Life:
    now = yield stage.ago(_BATH[1], _BATH[2])
    breach = _report(stage, terms, _BATH, now)
    now = yield now + 5 * _HOUR
    answer = (
        "The tapping tube was replaced, and skimming was trained with the crew.",
        "Tapperøret ble byttet, og skumming ble øvd med laget.",
    )
    breach_answer(breach=breach, answer=stage.say(answer), actor=stage.person("leader-elk"), now=now)
    now = yield stage.ago(_BATH[1] - 3, 8)
    words = ("Ten crucibles since then without bath above the limit.", "Ti digler siden da uten bad over grensen.")
    breach_confirm(breach=breach, words=stage.say(words), actor=stage.person("customer"), now=now)


def _answered(stage: Stage, terms: list[Term]) -> Life:
    now = yield stage.ago(_MASS[1], _MASS[2])
    breach = _report(stage, terms, _MASS, now)
    now = yield stage.ago(_MASS[1] - 1, 10)
    answer = (
        "The scale of the crane was calibrated; it showed 80 kg too much.",
        "Vekten på kranen er kalibrert; den viste 80 kg for mye.",
    )
    breach_answer(breach=breach, answer=stage.say(answer), actor=stage.person("leader-elk"), now=now)


def _open(stage: Stage, terms: list[Term]) -> Life:
    now = yield stage.ago(_IRON[1], _IRON[2])
    breach = _report(stage, terms, _IRON, now)
    now = yield now + 2 * _HOUR
    leader = stage.person("leader-elk")
    title = ("The iron forecast does not reach the casthouse", "Jernprognosen når ikke støperiet")
    deviation = breach_deviation_open(breach=breach, title=stage.say(title), actor=leader, now=now)
    deviation_edit(
        deviation=deviation,
        actor=leader,
        now=now,
        owner=stage.person("techlead1"),
        due=stage.today + dt.timedelta(days=4),
    )
    now = yield now + 2 * _HOUR
    words = ("The list is telephoned until it is sent by itself.", "Listen ringes inn til den sendes av seg selv.")
    deviation_contain(deviation=deviation, words=stage.say(words), actor=leader, now=now)

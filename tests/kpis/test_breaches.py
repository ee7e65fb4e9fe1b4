"""Terms of agreements that an indicator measures: each closed period that breaks the limit is one breach, once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from kpis import closing
from kpis.breaches import (
    EachTime,
    NoLimits,
    NotComputed,
    NotFollowed,
    SignedAlready,
    breaches_detect,
    fulfilment,
    measure_of,
    term_measure_set,
)
from kpis.closing import close_due
from kpis.models import Closing, TermMeasure
from kpis.rollup import process_all_marks
from principles.agreements.models import Agreement, Breach, Term
from principles.agreements.services import agreements
from principles.teams.models import Role
from tests.agreements.world import make_draft, make_relationship, make_term
from tests.factories import START, make_person, make_shifts, oslo
from tests.kpis.test_rollup_concurrent import Crowd
from tests.kpis.world import LATER, World, fact, make_indicator

DAY = dt.date(2026, 3, 23)
SIGNED = oslo("2026-03-02 10:00")
NOW = oslo("2026-04-08 10:00")


class Deal:
    """EL1 promises the casthouse at least 90 % covering a day; on two of five days it is 50 %."""

    def __init__(self) -> None:
        self.world = World()
        self.el1 = self.world.plant.el1
        self.leader = make_person(Role.AREA_LEADER, self.el1, "leader")
        self.customer = make_person(Role.CUSTOMER, self.world.plant.casthouse, "customer")
        self.shifts = make_shifts(DAY, DAY + dt.timedelta(days=4))
        for shift in self.shifts:
            is_bad = shift.production_date.weekday() in (1, 3)
            fact(self.world.b, self.el1, shift)
            fact(self.world.b, self.el1, shift, "not_ok" if is_bad else "ok")
        process_all_marks(now=LATER)
        relationship = make_relationship(supplier=self.el1, customer=self.world.plant.casthouse, now=SIGNED)
        self.agreement = make_draft(relationship, now=SIGNED)
        self.term = self.covering()

    def covering(self, **fields: object) -> Term:
        values = {"text_en": "Covered", "lower": Decimal(90), "upper": None, "unit": "%", "cadence": "day", **fields}
        return make_term(self.agreement, now=SIGNED, **values)

    def measured(self, term: Term | None = None, **fields: object) -> TermMeasure | None:
        named = {"indicator": self.world.covering, "unit": self.el1, "actor": self.leader, "now": SIGNED, **fields}
        return term_measure_set(term=term or self.term, **named)

    def sign(self, agreement: Agreement | None = None) -> None:
        for side, actor in (("supplier", self.leader), ("customer", self.customer)):
            agreements.agreement_sign(agreement=agreement or self.agreement, side=side, actor=actor, now=SIGNED)

    def close(self) -> int:
        close_due(now=self.shifts[0].ends_at)
        return close_due(now=self.shifts[-1].ends_at)


@pytest.fixture
def deal(db) -> Deal:
    return Deal()


def told() -> list[tuple[str, dt.date, int, Decimal | None]]:
    found = Breach.objects.order_by("first", "number").values_list("cadence", "first", "number", "value")
    return [(cadence, first, number, value) for cadence, first, number, value in found if first is not None]


TWO = [("day", DAY + dt.timedelta(days=1), 0, Decimal(50)), ("day", DAY + dt.timedelta(days=3), 0, Decimal(50))]


def test_each_closed_day_below_the_limit_is_one_breach(deal):
    deal.measured()
    deal.sign()
    deal.close()
    assert told() == TWO
    breach = Breach.objects.order_by("first").first()
    assert breach is not None
    assert breach.occurred_at == deal.shifts[5].ends_at
    everything = Closing.objects.values_list("pk", flat=True)
    assert breaches_detect(everything, now=LATER) == 0
    assert told() == TWO


def test_a_term_by_the_shift_is_told_shift_by_shift(deal):
    deal.measured(deal.covering(cadence="shift"))
    deal.sign()
    deal.close()
    assert [row[:3] for row in told()] == [
        ("shift", DAY + dt.timedelta(days=offset), number) for offset in (1, 3) for number in (1, 2, 3)
    ]


def test_what_is_not_in_force_is_not_broken(deal):
    deal.measured()
    deal.close()
    assert told() == []
    deal.sign()
    Agreement.objects.update(valid_from=START, valid_to=DAY + dt.timedelta(days=3))
    assert breaches_detect(Closing.objects.values_list("pk", flat=True), now=LATER) == 1
    assert told() == TWO[:1]


def test_other_indicators_places_and_limits_that_are_kept_give_none(deal):
    deal.measured(deal.covering(lower=Decimal(50)))
    deal.measured(deal.covering(upper=Decimal(100), lower=None))
    deal.measured(deal.covering(text_en="iron"), indicator=deal.world.iron)
    deal.measured(deal.covering(text_en="there"), unit=deal.world.plant.st1)
    deal.sign()
    deal.close()
    assert told() == []


def test_a_new_version_is_measured_as_the_one_before(deal):
    deal.measured()
    deal.sign()
    new = agreements.agreement_new_version(agreement=deal.agreement, actor=deal.leader, now=SIGNED)
    term = new.terms.get(text_en="Covered")
    assert term.previous == deal.term
    inherited = measure_of(term)
    assert inherited is not None
    assert inherited.indicator == deal.world.covering
    deal.sign(new)
    deal.close()
    assert set(Breach.objects.values_list("term", flat=True)) <= {term.pk, deal.term.pk}
    assert Breach.objects.filter(term=term).count() == 2


def test_what_can_not_measure_a_term_is_refused(deal):
    dead = make_indicator("X09", active=False)
    weekly = make_indicator("X08", cadences=["week"])
    for term, fields, refusal in (
        (deal.covering(cadence="each"), {}, EachTime),
        (deal.covering(lower=None), {}, NoLimits),
        (deal.term, {"indicator": dead}, NotComputed),
        (deal.term, {"indicator": weekly}, NotFollowed),
    ):
        with pytest.raises(refusal):
            deal.measured(term, **fields)
    deal.measured()
    assert deal.measured(indicator=None) is None
    assert not TermMeasure.objects.exists()
    deal.measured()
    deal.sign()
    with pytest.raises(SignedAlready):
        deal.measured(indicator=deal.world.tending)


def test_fulfilment_counts_period_by_period_and_never_averages(deal):
    measure = deal.measured()
    deal.sign()
    deal.close()
    assert measure is not None
    term = Term.objects.select_related("agreement").get(pk=deal.term.pk)
    kept = fulfilment(term, measure, now=NOW)
    assert (kept.kept, kept.known, len(kept.broken)) == (3, 5, 2)
    assert [one.figure.first for one in kept.broken] == [TWO[1][1], TWO[0][1]]
    assert all(one.breach is not None for one in kept.broken)
    assert fulfilment(term, measure, now=deal.shifts[3].ends_at).known == 1


def test_a_closing_that_fails_leaves_no_breach(deal, monkeypatch):
    deal.measured()
    deal.sign()

    def fail(**options: object) -> int:
        raise RuntimeError("the worker died")

    with monkeypatch.context() as patch:
        patch.setattr(closing, "deviations_carry", fail)
        with pytest.raises(RuntimeError):
            deal.close()
    assert told() == []
    deal.close()
    assert told() == TWO


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_record_once():
    deal = Deal()
    deal.measured()
    deal.sign()
    deal.close()
    Breach.objects.all().delete()
    everything = list(Closing.objects.values_list("pk", flat=True))
    crowd = Crowd()
    for _ in range(4):
        crowd.add(lambda: breaches_detect(everything, now=LATER))
    crowd.run()
    assert told() == TWO


def test_without_measured_terms_closing_asks_once(deal, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert breaches_detect([1, 2, 3], now=LATER) == 0


# --- the page ---


def page(client, deal: Deal, **query: str) -> str:
    with time_machine.travel(NOW, tick=False):
        answer = client.get(reverse("kpis:term_measure", args=[deal.term.pk]), query, HTTP_HX_REQUEST="true")
    return str(answer.content.decode())


def test_the_fragment_tells_how_the_term_was_kept(client, deal, django_assert_max_num_queries):
    deal.measured()
    deal.sign()
    deal.close()
    client.force_login(deal.customer)
    page(client, deal)
    with django_assert_max_num_queries(16):
        html = page(client, deal)
    assert "Kept in 3 of 5 periods with figures." in html
    assert "Broken 2 times:" in html
    for breach in Breach.objects.all():
        assert reverse("agreements:breach", args=[breach.pk]) in html
    assert "<form" not in html


def test_who_drafts_chooses_the_indicator_and_reads_why_not(client, deal):
    client.force_login(deal.leader)
    address = reverse("kpis:term_measure", args=[deal.term.pk])
    assert "Measure it by an indicator" in page(client, deal)
    assert "<datalist" in page(client, deal, choose="1")
    with time_machine.travel(NOW, tick=False):
        wrong = client.post(address, {"indicator": "Z99 Nothing", "unit": "EL1"})
        assert wrong.status_code == 200
        assert "There is no indicator “Z99 Nothing”" in wrong.content.decode()
        make_indicator("X08", cadences=["week"])
        slow = client.post(address, {"indicator": "X08", "unit": "EL1"}).content.decode()
        assert "not followed as often as the term" in slow
        assert client.post(address, {"indicator": "o05", "unit": "EL1"}).status_code == 302
        assert TermMeasure.objects.get().indicator == deal.world.covering
        assert client.post(address, {"remove": "1"}).status_code == 302
    assert not TermMeasure.objects.exists()


def test_who_reaches_neither_party_knows_of_no_term(client, deal):
    client.force_login(make_person(Role.OPERATOR, deal.world.plant.el2, "stranger"))
    assert client.get(reverse("kpis:term_measure", args=[deal.term.pk])).status_code == 404

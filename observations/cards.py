"""The cards of one round: which point is watched on which cell, what was answered, and which card comes next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch

from observations.models import Observation, Result, Round
from principles.teams.models import Unit
from sops.models import ObservationPoint, PointKind, SopPoint


@dataclass(frozen=True, slots=True)
class Card:
    """One point on one target. `place` is the target's number in walking order, 1 for the first."""

    place: int
    target: Unit | None
    sop_point: SopPoint
    fact: Observation | None

    @property
    def point(self) -> ObservationPoint:
        return self.sop_point.point

    @property
    def is_event(self) -> bool:
        return self.point.kind == PointKind.EVENT

    @property
    def state(self) -> str:
        """ "open", "ok", "not_ok", "na" or "value"."""
        return self.fact.result if self.fact else "open"

    @property
    def lowest_is_negative(self) -> bool:
        """Whether the point takes numbers below zero, so that the pad needs a sign."""
        minimum = self.point.minimum
        return self.point.kind == PointKind.MEASUREMENT and (minimum is None or minimum < 0)


@dataclass(frozen=True, slots=True)
class Cell:
    """One target of a round with its cards."""

    place: int
    target: Unit | None
    cards: list[Card]

    @property
    def done(self) -> int:
        return sum(card.fact is not None for card in self.cards)

    @property
    def first_open(self) -> Card | None:
        return next((card for card in self.cards if card.fact is None), None)

    @property
    def state(self) -> str:
        """ "open", "begun", "ok" or "not_ok" (done, and something was not as it should be)."""
        if any(card.state == Result.NOT_OK for card in self.cards):
            return "not_ok" if self.done == len(self.cards) else "begun"
        if self.done == len(self.cards):
            return "ok"
        return "begun" if self.done else "open"


class Walk:
    """A round with everything that its pages show, read in four queries."""

    def __init__(self, round_: Round) -> None:
        self.round = round_
        units = Unit.objects.in_bulk(round_.targets) if round_.targets else {}
        self.targets: list[Unit | None] = [units[pk] for pk in round_.targets if pk in units] or [None]
        self.sop_points = list(
            SopPoint.objects.filter(revision=round_.revision_id).select_related("point", "step", "step__role")
        )
        self.owed: dict[int, int] = dict(round_.points.values_list("point_id", "planned"))
        facts = (
            Observation.objects.counting()
            .filter(round=round_)
            .select_related("reason")
            .prefetch_related(Prefetch("attachments"))
            .order_by("received_at", "observed_at")
        )
        self.facts = {(fact.equipment_id, fact.point_id): fact for fact in facts}

    @cached_property
    def cells(self) -> list[Cell]:
        return [
            Cell(place, target, cards)
            for place, target in enumerate(self.targets, start=1)
            if (cards := self._cards(place, target))
        ]

    @cached_property
    def cards(self) -> list[Card]:
        return [card for cell in self.cells for card in cell.cards]

    @property
    def total(self) -> int:
        return len(self.cards)

    @property
    def done(self) -> int:
        return sum(card.fact is not None for card in self.cards)

    @property
    def not_ok(self) -> list[Card]:
        return [card for card in self.cards if card.state == Result.NOT_OK]

    def cell(self, place: int) -> Cell | None:
        return next((cell for cell in self.cells if cell.place == place), None)

    def card(self, place: int, point_code: str) -> Card | None:
        """The card of a point (by its code) on the target with this number; None where the round has none."""
        return next((card for card in self.cards if card.place == place and card.point.code == point_code), None)

    def next_open(self, after: Card | None = None) -> Card | None:
        """The next card without an answer: onwards from `after`, then from the start; None when all is done."""
        cards = self.cards
        begin = cards.index(after) + 1 if after in cards else 0
        return next((card for card in cards[begin:] + cards[:begin] if card.fact is None), None)

    def _cards(self, place: int, target: Unit | None) -> list[Card]:
        key = target.pk if target else None
        return [
            Card(place, target, sop_point, self.facts.get((key, sop_point.point_id)))
            for sop_point in self.sop_points
            if self._has_card(place, sop_point)
        ]

    def _has_card(self, place: int, sop_point: SopPoint) -> bool:
        """A planned round asks for what it owes; one outside the plan for every point in use, on each cell."""
        if self.round.plan_id is None:
            return sop_point.point.active
        return place <= self.owed.get(sop_point.point_id, 0)


def last_here(card: Card) -> Observation | None:
    """The newest fact of this point on this cell before the one on the card; None without a cell."""
    if card.target is None:
        return None
    facts = Observation.objects.counting().filter(equipment=card.target, point=card.point)
    if card.fact is not None:
        facts = facts.exclude(pk=card.fact.pk)
    return facts.select_related("reason").order_by("-observed_at", "-pk").first()

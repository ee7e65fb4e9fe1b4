"""The same seed tells the same story, in one language or the other."""

import pytest
from django.db import transaction

from amps.demo import loading
from principles.improvement.models import Action, Deviation, MeetingItem
from roadmap.models import Answer, Mark
from tests.demo.fixtures import make_demo

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def told(monkeypatch, seed=1, language="nb"):
    """What a week's people wrote and did, without figures."""
    monkeypatch.setattr(loading, "process_all_marks", lambda *, now: 0)
    monkeypatch.setattr(loading, "_live_through", lambda *arguments: 0)
    with transaction.atomic():
        make_demo(weeks=1, cells=6, seed=seed, language=language)
        found = {
            "deviations": list(Deviation.objects.order_by("pk").values_list("title", "state", "reported_at", "arena")),
            "actions": list(Action.objects.order_by("pk").values_list("title", "state", "due", "ended_at")),
            "answers": list(
                Answer.objects.order_by("evaluation", "item__code").values_list("status", "reason", "against_facts")
            ),
            "marks": list(Mark.objects.order_by("pk").values_list("status", "comment")),
            "meetings": list(MeetingItem.objects.order_by("pk").values_list("title", "answer", "outcome")),
        }
        transaction.set_rollback(True)
    return found


def test_the_same_seed_tells_the_same_in_one_language_or_the_other(monkeypatch):
    norwegian, english = told(monkeypatch), told(monkeypatch, language="en")
    # Who did what, when and with which outcome follows from the seed; the words from the language.
    words = {"deviations": (0,), "actions": (0,), "meetings": (0, 1), "answers": (1, 2), "marks": (1,)}
    for kind, spoken in words.items():
        assert _but(english[kind], spoken) == _but(norwegian[kind], spoken)
    for kind in ("deviations", "actions"):
        assert not {row[0] for row in english[kind]} & {row[0] for row in norwegian[kind]}
    assert "The temperature at K-304 swings" in {row[0] for row in english["deviations"]}
    assert "Temperaturen på K-304 svinger" in {row[0] for row in norwegian["deviations"]}


def _but(rows, columns):
    """The rows without some of their columns."""
    return [tuple(value for place, value in enumerate(row) if place not in columns) for row in rows]

"""Asking, making, failing, and workers that die: one row, one file, and nothing lost."""

from __future__ import annotations

import datetime as dt

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import PermissionDenied

from amps.documents import registry, rendering, services, tasks, work
from amps.models import Document, DocumentState
from tests import factories as make
from tests.documents.conftest import NOW, files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    """Drawing takes a moment here, except where a test wants to see the real thing (slow)."""
    if request.node.get_closest_marker("slow"):
        return

    def draw(content, target, *, now, tell=None):
        if not rendering.is_available():
            raise rendering.Unavailable
        target.write(b"%PDF-1.7 quick")
        return rendering.Rendered(pages=1, size=14)

    monkeypatch.setattr(work, "pdf_write", draw)


def make_all(now=NOW):
    return list(iter(lambda: work.make_next(now=now), None))


@pytest.mark.slow
def test_a_document_is_made_and_kept_with_its_file(ask, media):
    asked = ask()
    assert (asked.state, asked.title, asked.progress) == (DocumentState.QUEUED, "Letter to Ås", 0)
    assert work.make_next(now=NOW).pk == asked.pk
    made = Document.objects.get(pk=asked.pk)
    assert (made.state, made.progress, made.pages, made.attempts, made.step) == (DocumentState.DONE, 100, 1, 1, "")
    with made.file.open("rb") as content:
        data = content.read()
    assert data.startswith(b"%PDF-1.7")
    assert made.size == len(data)
    assert len(files(media)) == 1
    assert work.make_next(now=NOW) is None


def test_the_same_wish_twice_is_one_document(ask):
    first = ask()
    assert ask().pk == first.pk
    Document.objects.update(state=DocumentState.WORKING)
    assert ask(now=NOW + dt.timedelta(seconds=5)).pk == first.pk
    # What has changed since is worth a document of its own.
    assert ask(now=NOW + dt.timedelta(seconds=60)).pk != first.pk


@pytest.mark.parametrize("other", [{"to": "Bø"}, {"language": "en"}, {"actor": "somebody"}])
def test_another_wish_is_another_document(ask, other):
    if "actor" in other:
        other = {"actor": make.make_user("somebody")}
    assert ask(**other).pk != ask().pk


def test_a_wish_is_new_once_the_first_is_done(ask):
    first = ask()
    make_all()
    assert ask().pk != first.pk


def test_it_is_refused_to_whoever_may_not_have_it(ask):
    with pytest.raises(PermissionDenied):
        ask("nobody")
    with pytest.raises(registry.UnknownKind):
        services.document_request(kind="poem", params={}, language="nb", actor=make.make_user(), now=NOW)
    assert not Document.objects.exists()


def test_whoever_lost_the_right_meanwhile_gets_nothing(ask, person, media):
    ask()
    person.is_active = False
    person.save()
    make_all()
    failed = Document.objects.get()
    assert (failed.state, failed.error) == (DocumentState.FAILED, "refused")
    assert files(media) == []


@pytest.mark.parametrize(("to", "reason"), [("gone", "gone"), ("trouble", "broken")])
def test_one_that_fails_says_why_and_stops_none_of_the_others(ask, media, to, reason):
    ask(to)
    ask("Bø", now=NOW + dt.timedelta(minutes=1))
    make_all()
    failed, made = Document.objects.order_by("pk")
    assert (failed.state, failed.error, made.state) == (DocumentState.FAILED, reason, DocumentState.DONE)
    assert len(files(media)) == 1


def test_one_that_takes_too_long_says_so(ask, monkeypatch, media):
    def too_slow(*args, **kwargs):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(work, "pdf_write", too_slow)
    ask()
    make_all()
    assert (Document.objects.get().error, files(media)) == ("too_long", [])


def test_without_pango_it_says_so(ask, monkeypatch):
    monkeypatch.setattr(rendering, "is_available", lambda: False)
    ask()
    make_all()
    assert (Document.objects.get().state, Document.objects.get().error) == (DocumentState.FAILED, "unavailable")


def test_try_again_begins_from_the_start(ask, person, monkeypatch):
    ask()
    with monkeypatch.context() as without:
        without.setattr(rendering, "is_available", lambda: False)
        make_all()
    failed = Document.objects.get()
    services.document_retry(document=failed, actor=person, now=NOW)
    services.document_retry(document=failed, actor=person, now=NOW)
    make_all()
    again = Document.objects.get()
    assert (again.pk, again.state, again.error, again.attempts) == (failed.pk, DocumentState.DONE, "", 1)


def test_a_worker_that_went_silent_is_replaced_and_its_late_result_changes_nothing(ask, media):
    ask()
    slow = work._take(now=NOW)
    assert work.requeue_silent(now=NOW + dt.timedelta(seconds=59)) == 0
    assert work.requeue_silent(now=NOW + dt.timedelta(seconds=61)) == 1
    [second] = make_all()
    assert second.attempts == 2
    # The first one wakes up and finishes: too late.
    work._make(slow, now=NOW)
    kept = Document.objects.get()
    assert (kept.state, kept.attempts, kept.file.name) == (DocumentState.DONE, 2, second.file.name)
    assert [path.name for path in files(media)] == [kept.file.name.rsplit("/", 1)[1]]


def test_what_a_dead_worker_left_behind_is_removed(ask, media):
    ask()
    dead = work._take(now=NOW)
    (media / dead.file_name).parent.mkdir(parents=True)
    (media / dead.file_name).write_bytes(b"half a file")
    work.requeue_silent(now=NOW + dt.timedelta(minutes=5))
    make_all()
    assert [path.read_bytes()[:5] for path in files(media)] == [b"%PDF-"]


def test_after_three_attempts_it_has_failed(ask):
    ask()
    now = NOW
    for _ in range(work.MOST_ATTEMPTS):
        assert work._take(now=now) is not None
        now += dt.timedelta(minutes=5)
        assert work.requeue_silent(now=now) == 1
    failed = Document.objects.get()
    assert (failed.state, failed.error) == (DocumentState.FAILED, "stopped")
    assert work._take(now=now) is None


def test_a_document_deleted_while_it_is_made_leaves_nothing(ask, media, monkeypatch):
    asked = ask()
    drawn = work.pdf_write

    def deleted_meanwhile(*args, **kwargs):
        services.document_delete(document=asked)
        return drawn(*args, **kwargs)

    monkeypatch.setattr(work, "pdf_write", deleted_meanwhile)
    make_all()
    assert not Document.objects.exists()
    assert files(media) == []


@pytest.mark.slow
def test_the_steps_are_told_in_their_order(ask, monkeypatch):
    told = []
    write = work.Claim.write

    def listen(claim, **changes):
        if "step" in changes and "progress" in changes:
            told.append((changes["step"], changes["progress"]))
        write(claim, **changes)

    monkeypatch.setattr(work.Claim, "write", listen)
    ask()
    make_all()
    steps = [step for step, _share in told]
    assert list(dict.fromkeys(steps)) == ["gathering", "drawing", "laying", "writing", ""]
    shares = [share for _step, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)


def test_the_tick_makes_what_no_nudge_reached(ask):
    """As with the broker down when it was asked for."""
    ask()
    tasks.tick()
    assert Document.objects.get().state == DocumentState.DONE


def test_old_documents_go_with_their_files(ask, media, settings):
    settings.DOCUMENT_KEEP_DAYS = 30
    ask()
    make_all()
    ask("Bø", now=NOW + dt.timedelta(days=10))
    make_all()
    assert services.documents_clear(now=NOW + dt.timedelta(days=30, seconds=-1)) == 0
    assert services.documents_clear(now=NOW + dt.timedelta(days=31)) == 1
    assert [document.title for document in Document.objects.all()] == ["Letter to Bø"]
    assert len(files(media)) == 1


def test_one_that_still_waits_is_not_cleared(ask):
    ask()
    assert services.documents_clear(now=NOW + dt.timedelta(days=99)) == 0

"""The pages of documents: asking, looking, taking, letting go; only one's own."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from amps.documents import rendering, views, work
from amps.models import Document, DocumentState
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Drawing takes a moment here."""

    def draw(content, target, *, now, tell=None):
        target.write(b"%PDF-1.7 quick")
        return rendering.Rendered(pages=3, size=14)

    monkeypatch.setattr(work, "pdf_write", draw)


@pytest.fixture
def reader(client, person):
    client.force_login(person)
    return client


def send(client, to="Ås", **data):
    form = {"params": json.dumps({"to": to}), "language": "nb", **data}
    return client.post(reverse("documents:ask", kwargs={"kind": "letter"}), form)


def page(name, document):
    return reverse(f"documents:{name}", kwargs={"pk": document.pk})


def made(client, to="Ås"):
    send(client, to)
    work.make_next(now=timezone.now())
    return Document.objects.get(params={"to": to})


def test_asking_leads_to_the_documents_page_which_asks_for_itself_until_it_is_ready(reader):
    answer = send(reader)
    document = Document.objects.get()
    assert answer.headers["Location"] == page("document", document)
    waiting = reader.get(page("document", document)).content.decode()
    assert f'hx-get="{page("progress", document)}?seen=queued-"' in waiting
    assert "Waiting for its turn" in waiting
    assert 'aria-live="polite"' in waiting
    # Without JavaScript there is a link to look again.
    assert "Look again" in waiting

    work.make_next(now=timezone.now())
    ready = reader.get(page("progress", document)).content.decode()
    assert "hx-get" not in ready
    assert page("file", document) in ready


def test_progress_is_shown_while_it_is_made(reader):
    send(reader)
    Document.objects.update(state=DocumentState.WORKING, step="laying", progress=62)
    shown = reader.get(page("progress", Document.objects.get())).content.decode()
    assert 'value="62"' in shown
    assert "Laying out the pages" in shown


def test_a_screen_reader_hears_a_step_once(reader):
    send(reader)
    Document.objects.update(state=DocumentState.WORKING, step="laying", progress=62)
    address = page("progress", Document.objects.get())
    assert 'id="document-said"' in reader.get(f"{address}?seen=working-drawing").content.decode()
    assert 'id="document-said"' not in reader.get(f"{address}?seen=working-laying").content.decode()


def test_a_second_tap_gives_the_same_document(reader):
    assert send(reader).headers["Location"] == send(reader).headers["Location"]
    assert Document.objects.count() == 1


def test_the_language_is_chosen_or_ones_own(reader, person):
    send(reader, language="nb")
    send(reader, language="")
    send(reader, "Bø", language="fr")
    assert sorted(Document.objects.values_list("language", flat=True)) == ["en", "en", "nb"]


def test_the_file_comes_with_its_name_and_is_kept_by_nobody(reader, person):
    document = made(reader)
    answer = reader.get(page("file", document))
    day = timezone.localdate(document.made_at)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="letter-to-as-{day}.pdf"'
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 quick"
    assert reader.get(page("file", document) + "?open=1").headers["Content-Disposition"].startswith("inline")


def test_nobody_else_knows_of_it(reader, client):
    document = made(reader)
    client.force_login(make.make_user("somebody"))
    for name in ("document", "progress", "file", "delete"):
        assert client.get(page(name, document)).status_code == 404
    assert client.post(page("delete", document)).status_code == 404
    assert document.title not in client.get(reverse("documents:list")).content.decode()


def test_whoever_may_not_read_it_any_more_does_not_get_the_file(reader):
    document = made(reader)
    Document.objects.update(params={"to": "nobody"})
    assert reader.get(page("file", document)).status_code == 403
    # Not afresh, either, and the page says why.
    answer = reader.post(page("again", document), follow=True)
    assert "you may not read it any more" in answer.content.decode()


@pytest.mark.parametrize(
    "params",
    [
        "", "[]", "no json", '{"to": "nobody"}', '{"to": {"deep": 1}}', '{"to": "\\u0000"}', "[" * 100_000,
        json.dumps({"to": "x" * 101}), '{"to": 99999999999999999999}', '{"to": NaN}', "{}",
    ],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_not_found(reader, params):
    assert send(reader, params=params).status_code == 404
    assert not Document.objects.exists()


def test_a_kind_that_there_is_not_is_not_found(reader):
    assert reader.post(reverse("documents:ask", kwargs={"kind": "poem"}), {"params": "{}"}).status_code == 404


def test_without_pango_the_page_says_how_to_get_it_and_nothing_waits_for_ever(reader, monkeypatch):
    monkeypatch.setattr(views, "is_available", lambda: False)
    answer = send(reader).headers["Location"]
    shown = reader.get(answer).content.decode()
    assert "apt-get install libpango-1.0-0" in shown
    assert "PDF files cannot be made here" in shown
    assert not Document.objects.exists()


def test_one_that_failed_says_why_and_is_tried_again(reader):
    document = made(reader, "trouble")
    shown = reader.get(page("document", document)).content.decode()
    assert "Something went wrong while it was made" in shown
    assert "Try again" in shown
    reader.post(page("again", document))
    assert Document.objects.get().state == DocumentState.QUEUED


def test_a_ready_one_is_asked_for_afresh_as_another_document(reader):
    document = made(reader)
    answer = reader.post(page("again", document))
    assert answer.headers["Location"] != page("document", document)
    assert Document.objects.count() == 2


def test_a_file_that_is_gone_says_so(reader, media):
    document = made(reader)
    document.file.storage.delete(document.file.name)
    assert reader.get(page("file", document)).status_code == 404
    assert "not there any more" in reader.get(page("document", document)).content.decode()
    assert "File is gone" in reader.get(reverse("documents:list")).content.decode()


def test_deleting_asks_first_and_takes_the_file_along(reader, media):
    document = made(reader)
    assert "Delete the document?" in reader.get(page("delete", document)).content.decode()
    assert Document.objects.exists()
    assert reader.post(page("delete", document)).headers["Location"] == reverse("documents:list")
    assert not Document.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_the_list_asks_as_little_for_many_as_for_one(reader, person, django_assert_max_num_queries):
    now = timezone.now()
    Document.objects.bulk_create(
        Document(
            kind="letter", title=f"Letter {number}", params={}, language="nb", requested_by=person,
            requested_at=now - dt.timedelta(minutes=number), state=DocumentState.FAILED, error="gone",
        )
        for number in range(30)
    )  # fmt: skip
    reader.get(reverse("documents:list"))
    with django_assert_max_num_queries(12):
        shown = reader.get(reverse("documents:list")).content.decode()
    assert "Letter 24" in shown
    assert "Letter 25" not in shown


def test_an_empty_list_says_what_will_be_here(reader):
    assert "No documents yet" in reader.get(reverse("documents:list")).content.decode()


def test_it_hangs_in_the_persons_menu(reader):
    assert f'href="{reverse("documents:list")}"' in reader.get(reverse("teams:me")).content.decode()

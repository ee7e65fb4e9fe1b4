"""What pages say about a document: whose it is, how far it has come, why it failed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amps.models import Document, DocumentState

# What is going on while a document is made, in its order, with how much of the work is done when it begins.
STEPS = {
    "gathering": (0, gettext_lazy("Gathering what it shows")),
    "drawing": (30, gettext_lazy("Drawing charts and tables")),
    "laying": (45, gettext_lazy("Laying out the pages")),
    "writing": (90, gettext_lazy("Writing the file")),
}
PENDING = (DocumentState.QUEUED, DocumentState.WORKING)
_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "Ae", "Ø": "O", "Å": "A"})


def documents_of(person_id: int) -> QuerySet[Document]:
    """A person's own documents, the newest first."""
    return Document.objects.filter(requested_by=person_id).order_by("-requested_at", "-pk")


def step_text(document: Document) -> str:
    """What is going on, in words; where it waits, that it does."""
    if document.state == DocumentState.QUEUED:
        return _("Waiting for its turn") if not document.attempts else _("Waiting to be tried again")
    known = STEPS.get(document.step)
    return str(known[1]) if known else ""


def error_text(document: Document) -> str:
    """Why it could not be made, in the reader's language."""
    sentences = {
        "stopped": _("The work was cut off several times before it was finished. Try again; if it happens again, "
                     "tell whoever runs AMPS."),
        "too_long": _("It took too long, and was stopped. Try again when fewer people use AMPS."),
        "unavailable": _("PDF files cannot be made here: a library is missing on the machine that makes them."),
        "gone": _("What it is about does not exist any more."),
        "refused": _("You may not read what it is about any more."),
    }  # fmt: skip
    return sentences.get(document.error, _("Something went wrong while it was made. It has been noted. Try again."))


def is_lost(document: Document) -> bool:
    """Ready once, but its file is not there (any more), as after a restore from an older copy."""
    name = document.file.name
    return document.state == DocumentState.DONE and not (name and document.file.storage.exists(name))


def file_name(document: Document, day: dt.date | None) -> str:
    """What the file is called on the reader's machine: title and day in plain letters, "plan-el1-2026-11-22.pdf"."""
    title = unicodedata.normalize("NFKD", document.title.translate(_PLAIN))
    words = re.sub(r"[^a-z0-9]+", "-", title.encode("ascii", "ignore").decode().lower()).strip("-")[:80].strip("-")
    return "-".join(part for part in (words or "amps", day.isoformat() if day else "") if part) + ".pdf"

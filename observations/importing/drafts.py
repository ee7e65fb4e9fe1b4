"""An uploaded file on its way: kept until it is imported or thrown away."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from amps.audit import record
from observations.importing.checking import Checked
from observations.importing.columns import Mapping, guess
from observations.importing.storing import import_store
from observations.importing.table import BadFile, Table, read_table
from observations.models import ImportBatch, ImportDraft
from principles.teams.models import User

KEPT = dt.timedelta(days=2)


def draft_create(*, name: str, data: bytes, actor: User, now: dt.datetime, zone: str) -> ImportDraft:
    """Keep a file that can be read as a table, with a first proposal for its columns. Raises BadFile.

    A text that is not UTF-8 is tried as Windows text, which is what older spreadsheets write.
    """
    reading: dict[str, str] = {}
    try:
        table = read_table(data, name=name)
    except BadFile:
        if _is_utf8(data):
            raise
        reading = {"encoding": "cp1252"}
        table = read_table(data, name=name, encoding="cp1252")
    ImportDraft.objects.filter(at__lt=now - KEPT).delete()
    return ImportDraft.objects.create(
        file_name=name[:200], content=data, reading=reading, mapping=guess(table, zone=zone).as_json(), by=actor, at=now
    )


def draft_table(draft: ImportDraft) -> Table:
    """The draft's file as a table, read as was chosen. Raises BadFile."""
    reading = draft.reading
    return read_table(
        bytes(draft.content),
        name=draft.file_name,
        delimiter=reading.get("delimiter", ""),
        encoding=reading.get("encoding", ""),
        has_headings={"yes": True, "no": False}.get(reading.get("headings", "")),
    )


def draft_import(
    draft: ImportDraft, *, actor: User, allowed_areas: frozenset[int], now: dt.datetime, only_good: bool
) -> tuple[ImportBatch, Checked]:
    """Store the draft's rows and let the draft go, in one transaction. Raises HasProblems, BadFile, BadMapping."""
    with transaction.atomic():
        batch, checked = import_store(
            draft_table(draft),
            Mapping.from_json(draft.mapping),
            file_name=draft.file_name,
            actor=actor,
            allowed_areas=allowed_areas,
            now=now,
            only_good=only_good,
        )
        record(
            actor=actor,
            action="observations.imported",
            target=batch,
            after={"stored": batch.stored, "known": batch.known, "left_out": len(checked.problems)},
        )
        draft.delete()
    return batch, checked


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data[:4] == b"PK\x03\x04" or data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4096]
    return True

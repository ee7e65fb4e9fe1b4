"""Read what a tap says: plain text from a form into typed values. Every refusal is told in words."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from amps.numbers import ASK_THOUSANDS, UnclearThousands, number_plain
from observations.models import Reason
from observations.refusals import BadTime, BadValue


@dataclass(frozen=True, slots=True)
class Tap:
    """What was tapped. `value` is None where none was given; `result` is "" for a plain number."""

    id: uuid.UUID
    result: str | None
    value: Decimal | None
    reason: Reason | None
    note: str
    observed_at: dt.datetime


def read_tap(data: Mapping[str, str], *, now: dt.datetime) -> Tap:
    """The tap in a form's data. Without an own id (no script on the device) one is made here.

    Raises BadValue for a number, reason or id that is none, BadTime for a time that is none.
    """
    result = data.get("result") or None
    # "Not applicable" leaves out whatever stands in the number's field.
    value = None if result == "na" else read_number(data.get("value", ""))
    return Tap(
        id=read_id(data.get("id", "")),
        result=result,
        value=value,
        reason=_read_reason(data.get("reason", "")),
        note=data.get("note", ""),
        observed_at=read_time(data.get("observed_at", ""), now=now),
    )


def read_number(text: str) -> Decimal | None:
    """A number as people type it, with comma or point; None for nothing. Raises BadValue, also to ask what is meant."""
    try:
        plain = number_plain(text)
    except UnclearThousands as error:
        raise BadValue(ASK_THOUSANDS) from error
    if not plain:
        return None
    if plain.count(".") > 1:
        raise BadValue(_("Write the number with one comma or point."))
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise BadValue(_("This is not a number.")) from error


def read_id(text: str) -> uuid.UUID:
    """The id that the device made; a new one where it made none. Raises BadValue."""
    if not text:
        return uuid.uuid4()
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise BadValue(_("The tap's number is damaged. Load the page again."), field="id") from error


def read_time(text: str, *, now: dt.datetime) -> dt.datetime:
    """When it was seen by the device's clock; `now` where the device says nothing. Raises BadTime."""
    if not text:
        return now
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadTime(_("The time of the tap can't be read."))
    return moment


def _read_reason(code: str) -> Reason | None:
    if not code:
        return None
    found = Reason.objects.filter(code=code, active=True).first()
    if found is None:
        raise BadValue(_("This reason is no longer offered."), field="reason")
    return found

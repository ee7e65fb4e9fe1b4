"""The indicator that a matter of a meeting is about."""

from __future__ import annotations

from django.db import transaction

from amps import audit
from kpis.models import Indicator, ItemIndicator
from principles.improvement.meeting_refusals import MeetingEnded
from principles.improvement.models import Meeting, MeetingItem
from principles.teams.models import User


@transaction.atomic
def item_indicator_set(*, item: MeetingItem, indicator: Indicator | None, actor: User) -> ItemIndicator | None:
    """Say which indicator a matter is about; None for none. Raises MeetingEnded."""
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=item.meeting_id)
    if meeting.ended_at is not None:
        raise MeetingEnded
    known = ItemIndicator.objects.filter(item=item).select_related("indicator").first()
    before = {"indicator": known.indicator.code if known is not None else ""}
    after = {"indicator": indicator.code if indicator is not None else ""}
    if before == after:
        return known
    made = None
    if indicator is None:
        ItemIndicator.objects.filter(item=item).delete()
    else:
        made, _created = ItemIndicator.objects.update_or_create(item=item, defaults={"indicator": indicator})
    audit.record(actor=actor, action="meeting.matter_written", target=meeting, before=before, after=after)
    return made

"""The ground floor's periodic work."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from amps.tasks import sessions_clear


@pytest.mark.django_db
def test_ended_sessions_go_and_others_stay():
    now = timezone.now()
    Session.objects.create(session_key="ended", session_data="", expire_date=now - dt.timedelta(days=1))
    Session.objects.create(session_key="alive", session_data="", expire_date=now + dt.timedelta(days=1))
    sessions_clear()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["alive"]

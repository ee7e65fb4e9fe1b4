"""The committed demo plant for browser tests: made once, put back whole."""

import pytest
from django.db import connection

from amps.demo.people import DEMO_LOGINS
from kpis.models import Figure, Tally
from observations.models import Observation, Round
from principles.teams.models import Unit, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
seen: list[tuple[int, ...]] = []


@pytest.mark.parametrize("time", ["first", "again"])
def test_it_is_the_same_each_time_and_takes_new_rows(demo_plant, client, time):
    seen.append(tuple(model.objects.count() for model in (Observation, Round, Tally, Figure, User)))
    assert min(seen[-1]) > 0
    assert len(set(seen)) == 1
    Unit.objects.create(code="NEW", kind="area", name_en="New", name_nb="Ny")
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
    assert client.login(username=DEMO_LOGINS[0].username, password=DEMO_LOGINS[0].password)
    assert client.get("/demo/").status_code == 200

"""The shipped roadmap is there as soon as the tables are, and a plant that has one keeps it."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from amps.models import AuditEntry
from roadmap.loading import STANDARD, digest_of, load_after_migrate, standard_load, version_store
from roadmap.models import Evidence, FocusItem, Metric, Principle, Rule, StandardVersion
from roadmap.standard_file import standard_read
from roadmap.standard_rows import data_of
from tests.roadmap.test_standard_file import SMALL

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (StandardVersion, Metric, Principle, Rule, FocusItem, Evidence))


def test_an_empty_database_has_version_one_after_its_migrations():
    assert counts() == (1, 141, 5, 20, 61, 144)
    assert StandardVersion.objects.get().version == "1.0"
    assert not AuditEntry.objects.exists()


def test_loading_again_changes_nothing(django_assert_max_num_queries):
    before = counts()
    with django_assert_max_num_queries(5):
        assert standard_load(now=timezone.now()).version == "1.0"
    out = StringIO()
    call_command("load_roadmap", stdout=out)
    assert "version 1.0" in out.getvalue()
    assert counts() == before


def test_what_is_stored_is_what_the_file_says():
    assert data_of(StandardVersion.objects.get()) == standard_read(STANDARD.read_text(encoding="utf-8"))


def test_a_newer_version_of_the_plant_is_not_set_back():
    version_store(data=standard_read(SMALL), digest=digest_of(SMALL), actor=None, now=timezone.now())
    load_after_migrate(using="default")
    assert standard_load(now=timezone.now()).version == "2.0"
    assert StandardVersion.objects.count() == 2

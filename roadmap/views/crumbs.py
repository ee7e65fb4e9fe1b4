"""The way to an evaluation's page, and what it is called there."""

from __future__ import annotations

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from roadmap.models import Evaluation


def title_of(evaluation: Evaluation) -> str:
    """The unit or team that evaluates itself: "Potline 1", "Potline 1, Crew B"."""
    if evaluation.crew is None:
        return evaluation.unit.name
    return _("%(unit)s, %(crew)s") % {"unit": evaluation.unit.name, "crew": evaluation.crew.name}


def crumbs_to(evaluation: Evaluation) -> list[dict[str, str]]:
    """From the list of evaluations to this one."""
    date = formats.date_format(evaluation.held_on, "DATE_FORMAT")
    label = _("%(title)s, %(date)s") % {"title": title_of(evaluation), "date": date}
    return [
        {"label": _("Self-evaluation"), "url": reverse("roadmap:evaluations")},
        {"label": label, "url": reverse("roadmap:evaluation", args=[evaluation.pk])},
    ]

"""The two documents of the direction: the business plan of a unit and year, and a signed or running self-evaluation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amps import documents
from amps.documents import NothingToShow, Params
from principles.teams.models import Unit
from principles.teams.permissions import access_of
from roadmap.models import Evaluation
from roadmap.planning import FIRST_YEAR, LAST_YEAR


def register() -> None:
    """Make both kinds known; called when the app is ready."""
    from roadmap.evaluation_document import evaluation_content
    from roadmap.plan_document import plan_content

    documents.register(
        "plan",
        label=gettext_lazy("Business plan"),
        build=plan_content,
        heading=plan_heading,
        allowed=plan_allowed,
    )
    documents.register(
        "evaluation",
        label=gettext_lazy("Self-evaluation"),
        build=evaluation_content,
        heading=evaluation_heading,
        allowed=evaluation_allowed,
    )


def plan_allowed(person: Any, params: Params) -> bool:
    """Plans are read by everybody who holds a role in the plant."""
    return _reads(person) and FIRST_YEAR <= _year(params) <= LAST_YEAR and _unit(params) is not None


def plan_heading(params: Params) -> str:
    """ "Business plan 2026, Electrolysis 1"."""
    return _("Business plan %(year)d, %(unit)s") % {"year": _year(params), "unit": unit_of(params).name}


def evaluation_allowed(person: Any, params: Params) -> bool:
    """Self-evaluations are read by everybody who holds a role in the plant."""
    return _reads(person) and _evaluation(params) is not None


def evaluation_heading(params: Params) -> str:
    """ "Self-evaluation, Electrolysis 1, 2026-11-20"."""
    evaluation = evaluation_of(params)
    return _("Self-evaluation, %(group)s, %(date)s") % {
        "group": group_name(evaluation),
        "date": evaluation.held_on.isoformat(),
    }


def group_name(evaluation: Evaluation) -> str:
    """Whose evaluation it is: "Electrolysis 1", or "Electrolysis 1, Crew A"."""
    if evaluation.crew is None:
        return evaluation.unit.name
    return _("%(unit)s, %(crew)s") % {"unit": evaluation.unit.name, "crew": evaluation.crew.name}


def unit_of(params: Params) -> Unit:
    """The unit that a plan is of. Raises NothingToShow."""
    unit = _unit(params)
    if unit is None:
        raise NothingToShow
    return unit


def year_of(params: Params) -> int:
    """The year that a plan is of."""
    return _year(params)


def evaluation_of(params: Params) -> Evaluation:
    """The evaluation that a document is of. Raises NothingToShow."""
    evaluation = _evaluation(params)
    if evaluation is None:
        raise NothingToShow
    return evaluation


def _reads(person: Any) -> bool:
    return bool(access_of(person).roles)


def _unit(params: Params) -> Unit | None:
    return Unit.objects.filter(code=str(params["unit"])).first()


def _year(params: Params) -> int:
    return int(params["year"])


def _evaluation(params: Params) -> Evaluation | None:
    found = Evaluation.objects.filter(pk=int(params["evaluation"]))
    return found.select_related("unit", "crew", "leader", "version").first()

"""One item of an evaluation: give one's own mark, see the group's, record what it agreed on. Polled by the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from amps.models import AuditEntry
from observations.http import is_htmx
from principles.teams.models import User
from principles.teams.permissions import Access
from roadmap.forms import AnswerForm, MarkForm
from roadmap.item_page import KEYS, LEVEL_NAMES, PAY_ITEMS, last_of, levels_of, spread_of
from roadmap.models import Answer, Evaluation, EvaluationState, FocusItem, ItemStatus, Metric, Participant, PlanEntry
from roadmap.reading import Neighbours, is_item_of, items_of, last_answers, neighbours
from roadmap.services.evaluations import (
    NotAnItem,
    NotOpen,
    ReasonMissing,
    StaleAnswer,
    answer_set,
    mark_set,
)
from roadmap.views.access import May, evaluation_or_404, group_of, is_unchanged, may_of, reader_of
from roadmap.views.crumbs import crumbs_to

MOST_ACTIONS = 20
MOST_CHANGES = 30
STANDS_STILL: dict[str, str | Promise] = {
    EvaluationState.SIGNING: gettext_lazy(
        "The group is signing, so the answers stand still. Nothing was stored; what you wrote is kept here."
    ),
    EvaluationState.LOCKED: gettext_lazy("The evaluation is signed and locked. Nothing was stored."),
    EvaluationState.CANCELLED: gettext_lazy("The evaluation was called off. Nothing was stored."),
}


@dataclass(slots=True)
class Desk:
    """What every view of an item begins with."""

    person: User
    access: Access
    evaluation: Evaluation
    item: FocusItem
    group: list[Participant]
    may: May

    @property
    def answer(self) -> Answer | None:
        return self.evaluation.answers.filter(item=self.item).select_related("decided_by").first()


def _desk(request: HttpRequest, pk: int, item_pk: int) -> Desk:
    person, access = reader_of(request)
    evaluation = evaluation_or_404(pk)
    items = FocusItem.objects.select_related("rule__principle", "local_to")
    item = get_object_or_404(items, pk=item_pk, rule__principle__version=evaluation.version_id)
    group = group_of(evaluation)
    return Desk(person, access, evaluation, item, group, may_of(person, access, evaluation, group))


@require_GET
@login_required
def evaluation_item(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """The item's page."""
    return render(request, "roadmap/item.html", _page(_desk(request, pk, item_pk)))


@require_GET
@login_required
def evaluation_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on where the group left: at the next item that it has not answered, else to the overview."""
    reader_of(request)
    evaluation = evaluation_or_404(pk)
    answered = set(evaluation.answers.values_list("item_id", flat=True))
    following = next((item for item in items_of(evaluation) if item.pk not in answered), None)
    if following is None or evaluation.state != EvaluationState.OPEN:
        return redirect("roadmap:evaluation", evaluation.pk)
    return redirect("roadmap:evaluation_item", evaluation.pk, following.pk)


@require_GET
@login_required
def item_state(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """What the others have done: 204 while nothing has changed since `?seen=`."""
    if is_unchanged(request, pk):
        return HttpResponse(status=204)
    return render(request, "roadmap/item.html#state", _state(_desk(request, pk, item_pk)))


@require_GET
@login_required
def item_answer_part(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """The group's answer as it is now, to replace what nobody has touched."""
    desk = _desk(request, pk, item_pk)
    return render(request, "roadmap/item.html#agree", _agree(desk, desk.answer))


@require_POST
@login_required
def item_mark(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """One's own status; answered with the texts and, beside them, the group's spread."""
    desk = _desk(request, pk, item_pk)
    _members_only(desk)
    form = MarkForm(request.POST)
    told: str | Promise = ""
    if not form.is_valid():
        told = _("Choose red, yellow, green or not assessed. A word to it has 300 signs at most.")
    else:
        data = form.cleaned_data
        try:
            mark_set(
                evaluation=desk.evaluation,
                item=desk.item,
                status=data["status"],
                comment=data["comment"],
                actor=desk.person,
                now=timezone.now(),
            )
        except NotOpen as refusal:
            told = STANDS_STILL[str(refusal)]
        except NotAnItem:
            told = _("The item is no longer part of this evaluation.")
    if is_htmx(request):
        desk = _desk(request, pk, item_pk)
        context = {**_page(desk), "told": told, "is_oob": True, "typed": request.POST.get("comment", "")}
        return render(request, "roadmap/inc/marked.html", context)
    if told:
        messages.error(request, str(told))
    return redirect("roadmap:evaluation_item", pk, item_pk)


@require_POST
@login_required
def item_answer(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """What the group agreed on. Whoever writes on an older state sees both texts, and nothing is lost."""
    desk = _desk(request, pk, item_pk)
    _members_only(desk)
    form = AnswerForm(request.POST)
    stale: Answer | None = None
    is_stored = False
    if form.is_valid():
        data = form.cleaned_data
        try:
            answer_set(evaluation=desk.evaluation, item=desk.item, actor=desk.person, now=timezone.now(), **data)
        except StaleAnswer as refusal:
            stale = refusal.current
            renewed = request.POST.copy()
            renewed["version"] = str(stale.version if stale is not None else 0)
            form = AnswerForm(renewed)
        except ReasonMissing as refusal:
            form.add_error("against_facts", _against(desk, refusal))
        except NotOpen as refusal:
            form.add_error(None, str(STANDS_STILL[str(refusal)]))
        except NotAnItem:
            form.add_error(None, _("The item is no longer part of this evaluation."))
        else:
            is_stored = True
    if is_stored:
        return _stored(request, _desk(request, pk, item_pk))
    context = {**_agree(desk, desk.answer, form), "stale": stale}
    if is_htmx(request):
        return render(request, "roadmap/item.html#agree", context)
    return render(request, "roadmap/item.html", {**_page(desk), **context})


def _stored(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Where it goes on after the group's answer is stored: the next item, or this one as it is now."""
    answered = set(desk.evaluation.answers.values_list("item_id", flat=True))
    here = reverse("roadmap:evaluation_item", args=[desk.evaluation.pk, desk.item.pk])
    if request.POST.get("go") == "next":
        following = neighbours(items_of(desk.evaluation), desk.item, answered).next_open
        if following is not None:
            here = reverse("roadmap:evaluation_item", args=[desk.evaluation.pk, following.pk])
        else:
            here = reverse("roadmap:evaluation", args=[desk.evaluation.pk])
    elif is_htmx(request):
        context = {**_page(desk), "is_oob": True, "is_stored": True}
        return render(request, "roadmap/inc/agreed.html", context)
    if not is_htmx(request):
        return redirect(here)
    gone = HttpResponse(status=200)
    gone["HX-Redirect"] = here
    return gone


def _members_only(desk: Desk) -> None:
    if not desk.may.is_member:
        raise PermissionDenied(_("Only the group of this evaluation answers its items."))


def _against(desk: Desk, refusal: ReasonMissing) -> str:
    """Which metric says less than the group claims."""
    facts = refusal.facts
    metric = Metric.objects.filter(version=desk.evaluation.version_id, name=facts.binding or "").first()
    status = str(LEVEL_NAMES[facts.suggested]).lower()
    if metric is None:
        return _("The facts suggest %(status)s. Write why the group's claim stands.") % {"status": status}
    values = {"status": status, "metric": metric.label}
    return _("The facts suggest %(status)s: %(metric)s. Write why the group's claim stands.") % values


def _page(desk: Desk) -> dict[str, Any]:
    """Everything that the item's page shows."""
    evaluation, item = desk.evaluation, desk.item
    items = items_of(evaluation, tree=desk.access.tree)
    answered = set(evaluation.answers.values_list("item_id", flat=True))
    place = neighbours(items, item, answered)
    last = last_of(item, last_answers(evaluation))
    state = _state(desk, place)
    spread, answer = state["spread"], state["answer"]
    return {
        **_agree(desk, answer),
        **state,
        "crumbs": [*crumbs_to(evaluation), {"label": item.code, "url": ""}],
        "place": place,
        "done": len(answered & {one.pk for one in items}),
        "last": last,
        "levels": levels_of(item, own=spread.own, answer=answer, last=last),
        "grey_key": KEYS[ItemStatus.NONE],
        "is_pay_item": item.code in PAY_ITEMS,
        "is_part": is_item_of(evaluation, item),
        "actions": _actions(desk),
        "history": _history(desk, answer),
    }


def _state(desk: Desk, place: Neighbours | None = None) -> dict[str, Any]:
    """What changes while the group works. `place` is where the item stands, where it is known already."""
    answer = desk.answer
    if place is None and answer is not None:
        answered = set(desk.evaluation.answers.values_list("item_id", flat=True))
        place = neighbours(items_of(desk.evaluation, tree=desk.access.tree), desk.item, answered)
    marks = desk.evaluation.marks.filter(item=desk.item)
    return {
        "evaluation": desk.evaluation,
        "item": desk.item,
        "may": desk.may,
        "answer": answer,
        "spread": spread_of(
            marks,
            desk.group,
            reader_id=desk.person.pk,
            is_open=desk.evaluation.state == EvaluationState.OPEN,
            answer=answer,
        ),
        "decided_by": _decider(desk, answer),
        "next_open": place.next_open if place is not None and answer is not None and desk.may.answer else None,
    }


def _decider(desk: Desk, answer: Answer | None) -> str:
    if answer is None or answer.decided_by is None:
        return ""
    return str(answer.decided_by) if desk.may.see_names else ""


def _agree(desk: Desk, answer: Answer | None, form: AnswerForm | None = None) -> dict[str, Any]:
    """The form of the group's answer."""
    initial: dict[str, Any] = {"version": answer.version if answer is not None else 0}
    if answer is not None:
        initial |= {"status": answer.status, "reason": answer.reason, "against_facts": answer.against_facts}
    return {
        "evaluation": desk.evaluation,
        "item": desk.item,
        "may": desk.may,
        "answer": answer,
        "decided_by": _decider(desk, answer),
        "form": form or AnswerForm(initial=initial),
        "choices": [(status, LEVEL_NAMES[status], KEYS[status]) for status in KEYS],
    }


def _history(desk: Desk, answer: Answer | None) -> list[AuditEntry]:
    """Who recorded what, and when, newest first: an agreed status can decide about pay (F094)."""
    if answer is None or not desk.may.see_names:
        return []
    found = AuditEntry.objects.filter(target_type=Answer._meta.label_lower, target_id=str(answer.pk))
    return list(found.order_by("-pk")[:MOST_CHANGES])


def _actions(desk: Desk) -> list[PlanEntry]:
    """Actions of the business plan that shall close this item's gap, in the unit and below."""
    units = [desk.evaluation.unit_id, *desk.access.tree.areas_under(desk.evaluation.unit_id)]
    found = PlanEntry.objects.filter(item_code=desk.item.code, action__unit_id__in=units)
    return list(found.select_related("action__unit").order_by("-year", "pk")[:MOST_ACTIONS])

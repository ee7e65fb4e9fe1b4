"""An action's place in the plan: made from a gap or a challenge in one tap, linked, shown on its page, changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kpis.choice import person_of
from kpis.effects import AgainstTheGood, EffectRefused
from kpis.models import Indicator
from principles.improvement.forms import refusal_to_form
from principles.improvement.models import Action
from principles.improvement.refusals import EditedMeanwhile, Refused
from principles.improvement.services.owners import owners_for
from principles.teams.models import Unit, User
from principles.teams.permissions import Access, Capability, access_of, require
from roadmap.forms_plan import EntryForm, LinkForm, PlannedActionForm, indicators_offered, seen_again
from roadmap.gaps import last_answer
from roadmap.models import Answer, Challenge, Evaluation, FocusItem, ItemStatus, PlanEntry
from roadmap.planning import action_row, entry_of, places_under
from roadmap.services.plan import (
    action_from_challenge,
    action_from_item,
    action_link,
    entry_add,
    entry_edit,
    entry_remove,
    entry_seen,
    gap_answer,
)
from roadmap.services.plan_refusals import NoGap
from roadmap.views.plan import plan_url

# How long an action is given unless somebody says otherwise.
USUAL_TIME = dt.timedelta(days=90)
MOST_OFFERED = 20


@require_http_methods(["GET", "POST"])
@login_required
def entry_from_item(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """A gap becomes an action of the plan: a form filled in from the item, or a choice of actions that exist."""
    evaluation, item = _gap(pk, item_pk)
    person, now = person_of(request), timezone.now()
    require(person, Capability.EDIT_BUSINESS_PLAN, evaluation.unit)
    access = access_of(person)
    try:
        answer = gap_answer(evaluation, item)
    except NoGap as refusal:
        return _no_gap(request, evaluation, item, refusal)
    initial = _from_gap(answer, item, person, access)
    form = PlannedActionForm(request.POST or None, unit=evaluation.unit, tree=access.tree, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            entry = action_from_item(evaluation=evaluation, item=item, actor=person, now=now, **form.said())
        except (Refused, EffectRefused) as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("%(action)s is in the plan.") % {"action": entry.action})
            return redirect(_after(request, plan_url(evaluation.unit, entry.year)))
    query = request.GET.get("q", "")[:100].strip()
    found = _linkable(evaluation.unit, access, item.code, query)
    context = {
        "evaluation": evaluation,
        "item": item,
        "answer": answer,
        "form": form,
        "query": query,
        "offered": found[:MOST_OFFERED],
        "is_more": len(found) > MOST_OFFERED,
        "linked": answer.plan_entries.select_related("action"),
        "next": request.GET.get("next", ""),
        "crumbs": [*_item_crumbs(evaluation), {"label": _("Action for %(code)s") % {"code": item.code}, "url": ""}],
    }
    return render(request, "plan/from_item.html", context)


@require_POST
@login_required
def entry_link(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """Let an action that exists close the gap."""
    evaluation, item = _gap(pk, item_pk)
    person, now = person_of(request), timezone.now()
    require(person, Capability.EDIT_BUSINESS_PLAN, evaluation.unit)
    back = reverse("roadmap:entry_from_item", args=[evaluation.pk, item.pk])
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose an action."))
        return redirect(back)
    action = get_object_or_404(Action, pk=form.cleaned_data["action"])
    year = access_of(person).tree.date.year
    try:
        entry = action_link(evaluation=evaluation, item=item, action=action, year=year, actor=person, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect(back)
    messages.success(
        request, _("%(action)s is linked to %(code)s.") % {"action": entry.action.number, "code": item.code}
    )
    return redirect(_after(request, plan_url(evaluation.unit, entry.year)))


@require_http_methods(["GET", "POST"])
@login_required
def entry_from_challenge(request: HttpRequest, pk: int) -> HttpResponse:
    """A challenge becomes an action of the plan of its unit."""
    challenge = get_object_or_404(Challenge.objects.select_related("unit"), pk=pk)
    person, now = person_of(request), timezone.now()
    require(person, Capability.EDIT_BUSINESS_PLAN, challenge.unit)
    tree = access_of(person).tree
    owned = owners_for(challenge.unit, tree=tree).filter(pk=person.pk).exists()
    initial = {
        "goal": challenge.goal,
        "dimension": challenge.dimension,
        "owner": person.pk if owned else None,
        "due": tree.date + USUAL_TIME,
    }
    form = PlannedActionForm(
        request.POST or None,
        unit=challenge.unit,
        tree=tree,
        keep_principle=True,
        fixed_challenge=True,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        try:
            entry = action_from_challenge(
                challenge=challenge, unit=challenge.unit, actor=person, now=now, **form.said()
            )
        except (Refused, EffectRefused) as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("%(action)s is in the plan.") % {"action": entry.action})
            return redirect(plan_url(challenge.unit, entry.year))
    back = f"{reverse('roadmap:challenges')}?unit={challenge.unit.code}&year={challenge.year}"
    context = {
        "challenge": challenge,
        "form": form,
        "back": back,
        "crumbs": [{"label": _("Challenges"), "url": back}, {"label": _("New action"), "url": ""}],
    }
    return render(request, "plan/from_challenge.html", context)


@require_GET
@login_required
def action_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of the action's page: its place in the plan."""
    action = _action(pk)
    person = person_of(request)
    row = action_row(action, now=timezone.now(), reader=person)
    context = {
        "action": action,
        "row": row,
        "entry": entry_of(action),
        "can_edit": access_of(person).can(Capability.EDIT_BUSINESS_PLAN, action.unit),
    }
    return render(request, "plan/inc/action_plan.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def entry_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an action into the plan, or change its place there."""
    action = _action(pk)
    person, now = person_of(request), timezone.now()
    require(person, Capability.EDIT_BUSINESS_PLAN, action.unit)
    tree = access_of(person).tree
    entry = entry_of(action)
    form = EntryForm(
        request.POST or None,
        unit=action.unit,
        tree=tree,
        year=entry.year if entry is not None else None,
        challenge=entry.challenge_id if entry is not None else None,
        code=entry.item_code if entry is not None else "",
        initial=_entry_initial(entry, action, tree.date),
    )
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        seen = said.pop("seen")
        answer = _answer_of(entry, said["item_code"], action, access_of(person))
        try:
            if entry is None:
                entry = entry_add(action=action, answer=answer, actor=person, now=now, **said)
            else:
                entry = entry_edit(entry=entry, seen=seen, answer=answer, actor=person, now=now, **said)
        except Refused as refusal:
            _tell(form, refusal)
            if isinstance(refusal, EditedMeanwhile):
                seen_again(form, entry_seen(entry))
        else:
            messages.success(request, _("The action's place in the plan is stored."))
            return redirect(reverse("improvement:action", args=[action.pk]))
    context = {
        "action": action,
        "entry": entry,
        "form": form,
        "back": reverse("improvement:action", args=[action.pk]),
        "crumbs": [
            {"label": action.number, "url": reverse("improvement:action", args=[action.pk])},
            {"label": _("In the business plan"), "url": ""},
        ],
    }
    return render(request, "plan/entry.html", context)


@require_POST
@login_required
def entry_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an action out of the plan."""
    action = _action(pk)
    person = person_of(request)
    require(person, Capability.EDIT_BUSINESS_PLAN, action.unit)
    entry = entry_of(action)
    if entry is not None:
        entry_remove(entry=entry, actor=person)
    messages.success(request, _("The action is out of the plan. The action itself goes on."))
    return redirect(reverse("improvement:action", args=[action.pk]))


def _gap(pk: int, item_pk: int) -> tuple[Evaluation, FocusItem]:
    evaluation = get_object_or_404(Evaluation.objects.select_related("unit", "crew", "leader"), pk=pk)
    item = get_object_or_404(
        FocusItem.objects.select_related("rule__principle"), pk=item_pk, rule__principle__version=evaluation.version_id
    )
    return evaluation, item


def _action(pk: int) -> Action:
    related = ("unit", "owner", "meeting_item", "plan_entry__challenge", "plan_entry__answer__evaluation")
    return get_object_or_404(
        Action.objects.select_related(
            *related, "plan_entry__answer__item", "expected_effect__indicator", "expected_effect__unit"
        ).prefetch_related("effects__place"),
        pk=pk,
    )


def _from_gap(answer: Answer, item: FocusItem, person: User, access: Access) -> dict[str, Any]:
    """What the form begins with: the item's name, the next colour's text, oneself or the leader, in three months."""
    evaluation = answer.evaluation
    wanted = (person.pk, evaluation.leader_id)
    able = set(owners_for(evaluation.unit, tree=access.tree).filter(pk__in=wanted).values_list("pk", flat=True))
    owner = next((pk for pk in wanted if pk in able), None)
    goal = item.green if answer.status == ItemStatus.YELLOW else item.yellow
    indicator = _indicator_of(answer, item)
    return {
        "title": Truncator(item.name or item.rule.name).chars(200),
        "goal": Truncator(goal).chars(300),
        "owner": owner,
        "due": access.tree.date + USUAL_TIME,
        "indicator": indicator.pk if indicator is not None else None,
        "dimension": indicator.dimension if indicator is not None else "quality",
    }


def _indicator_of(answer: Answer, item: FocusItem) -> Indicator | None:
    """The indicator that bound the item's facts, else the first that gives evidence for it."""
    codes = {
        row.metric.name: row.metric.indicator for row in item.evidence.select_related("metric") if row.metric.indicator
    }
    code = codes.get(answer.binding) or next(iter(codes.values()), "")
    return indicators_offered().filter(code=code).first() if code else None


def _linkable(unit: Unit, access: Access, code: str, query: str) -> list[Action]:
    """Open actions of the unit and below it that close no other gap, by their words or number; one more than shown."""
    found: QuerySet[Action] = (
        Action.objects.open()
        .filter(unit__in=places_under(access.tree, unit))
        .filter(Q(plan_entry=None) | Q(plan_entry__item_code=""))
        .select_related("unit", "owner")
    )
    for word in query.split():
        number = word.upper().removeprefix("T-")
        by_number = Q(pk=int(number)) if number.isascii() and number.isdecimal() and len(number) < 15 else Q()
        found = found.filter(Q(title__icontains=word) | Q(goal__icontains=word) | by_number)
    return list(found.order_by("due", "pk")[: MOST_OFFERED + 1])


def _no_gap(request: HttpRequest, evaluation: Evaluation, item: FocusItem, refusal: NoGap) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "item": item,
        "words": refusal.message,
        "crumbs": [*_item_crumbs(evaluation), {"label": item.code, "url": ""}],
    }
    return render(request, "plan/no_gap.html", context)


def _item_crumbs(evaluation: Evaluation) -> list[dict[str, str]]:
    return [
        {
            "label": _("Self-evaluation of %(unit)s") % {"unit": evaluation.unit.name},
            "url": reverse("roadmap:evaluation", args=[evaluation.pk]),
        }
    ]


def _answer_of(entry: PlanEntry | None, code: str, action: Action, access: Access) -> Answer | None:
    """The answer that showed the gap: the one known while the item stays the same, else the unit's last signed one."""
    if not code:
        return None
    if entry is not None and entry.answer is not None and entry.item_code == code:
        return entry.answer
    return last_answer(access.tree, action.unit_id, code)


def _entry_initial(entry: PlanEntry | None, action: Action, today: dt.date) -> dict[str, Any]:
    if entry is None:
        return {"year": max(action.due.year, today.year), "seen": entry_seen(None)}
    return {
        "year": entry.year,
        "item_code": entry.item_code,
        "challenge": entry.challenge_id,
        "nok_per_year": entry.nok_per_year,
        "seen": entry_seen(entry),
    }


def _tell(form: Form, refusal: Refused | EffectRefused) -> None:
    """Put a refusal at its field, else above the form."""
    if isinstance(refusal, Refused):
        refusal_to_form(form, refusal)
    elif isinstance(refusal, AgainstTheGood):
        form.add_error("change", _("This change goes the wrong way for this indicator, or is none."))
    else:
        form.add_error(refusal.field if refusal.field in form.fields else None, _("This indicator has no figures."))


def _after(request: HttpRequest, usual: str) -> str:
    after = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        after, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return after if allowed else usual

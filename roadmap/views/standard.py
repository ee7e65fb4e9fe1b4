"""The roadmap itself: the version in use and older ones, a newer one by preview, and the plant's own items."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from principles.teams.models import Unit
from principles.teams.permissions import Access, Capability, require, require_everywhere, require_somewhere
from roadmap.forms import ImportForm, LocalItemForm
from roadmap.item_page import PAY_ITEMS
from roadmap.models import Evidence, FocusItem, Principle, Rule, StandardVersion
from roadmap.preview import Preview, preview
from roadmap.reading import version_in_use
from roadmap.services.standard import (
    BaseChanged,
    EditedMeanwhile,
    InUseAlready,
    NotInUse,
    StandardError,
    VersionExists,
    local_item_add,
    local_item_edit,
    local_item_use,
    standard_import,
    version_check,
)
from roadmap.standard_file import BadStandard, standard_read
from roadmap.units import units_of_evaluations
from roadmap.views.access import reader_of
from roadmap.yaml_text import Problem


@require_GET
@login_required
def standard(request: HttpRequest) -> HttpResponse:
    """The version in use: principles, practice rules, focus items with their three texts."""
    _person, access = reader_of(request)
    return _standard(request, access, version_in_use())


@require_GET
@login_required
def standard_version(request: HttpRequest, pk: int) -> HttpResponse:
    """An older version, to read."""
    _person, access = reader_of(request)
    return _standard(request, access, get_object_or_404(StandardVersion, pk=pk))


def _standard(request: HttpRequest, access: Access, version: StandardVersion | None) -> HttpResponse:
    current = version_in_use()
    is_current = version is not None and version == current
    editable = access.units(Capability.EDIT_ROADMAP) if is_current else frozenset()
    context = {
        "version": version,
        "current": current,
        "is_current": is_current,
        "versions": list(StandardVersion.objects.all()),
        "principles": _principles(version, editable) if version is not None else [],
        "can_import": access.can_everywhere(Capability.EDIT_ROADMAP),
        "can_add": bool(editable),
        "editable": editable,
        "pay_items": PAY_ITEMS,
    }
    return render(request, "roadmap/standard.html", context)


@dataclass(frozen=True, slots=True)
class RuleView:
    """A practice rule with the items that the reader is shown."""

    rule: Rule
    items: list[FocusItem]


def _principles(version: StandardVersion, editable: frozenset[int]) -> list[tuple[Principle, list[RuleView]]]:
    """Principles with rules, items in use (out of use only for who may change them) and their limits."""
    items = FocusItem.objects.select_related("local_to").prefetch_related(
        Prefetch("evidence", Evidence.objects.select_related("metric").order_by("position"))
    )
    rules = Rule.objects.order_by("position").prefetch_related(Prefetch("items", items.order_by("position", "pk")))
    found = version.principles.order_by("number").prefetch_related(Prefetch("rules", rules))
    return [(principle, [_rule(rule, editable) for rule in principle.rules.all()]) for principle in found]


def _rule(rule: Rule, editable: frozenset[int]) -> RuleView:
    return RuleView(rule, [item for item in rule.items.all() if item.active or item.local_to_id in editable])


# --- a newer version ---


@require_http_methods(["GET", "POST"])
@login_required
def standard_import_page(request: HttpRequest) -> HttpResponse:
    """Choose a file, see what it changes, adopt it. Nothing is stored before the last step."""
    person, _access = reader_of(request)
    require_everywhere(person, Capability.EDIT_ROADMAP)
    if request.method != "POST":
        return _import(request, ImportForm())
    if "text" in request.POST:
        return _adopt(request)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _import(request, form)
    return _preview(request, form.cleaned_data["file"])


def _import(request: HttpRequest, form: ImportForm, problems: list[Problem] | None = None) -> HttpResponse:
    context = {"form": form, "problems": problems or [], "current": version_in_use()}
    return render(request, "roadmap/import.html", context)


def _preview(request: HttpRequest, text: str, *, told: str = "") -> HttpResponse:
    try:
        data = standard_read(text)
        version_check(text, data.version)
    except BadStandard as refusal:
        return _import(request, ImportForm(), refusal.problems)
    except VersionExists as refusal:
        return _import(request, ImportForm(), [_taken(refusal)])
    found: Preview = preview(data, base=version_in_use())
    return render(request, "roadmap/preview.html", {"preview": found, "text": text, "told": told})


def _taken(refusal: VersionExists) -> Problem:
    values = {"version": refusal.version.version}
    if refusal.is_same:
        return Problem(_("Version %(version)s is here already, with the same content.") % values)
    return Problem(
        _("Version %(version)s is here already, with other content. Give the new one a number of its own.") % values
    )


def _adopt(request: HttpRequest) -> HttpResponse:
    text = request.POST["text"]
    person, _access = reader_of(request)
    try:
        made = standard_import(text=text, base=request.POST.get("base", ""), actor=person, now=timezone.now())
    except BadStandard as refusal:
        return _import(request, ImportForm(), refusal.problems)
    except VersionExists as refusal:
        return _import(request, ImportForm(), [_taken(refusal)])
    except BaseChanged:
        told = _("Another version was taken into use meanwhile. This is what the file changes against that one.")
        return _preview(request, text, told=told)
    messages.success(request, _("Version %(version)s is in use.") % {"version": made.version})
    return redirect("roadmap:standard")


# --- the plant's own items ---


@require_http_methods(["GET", "POST"])
@login_required
def local_item_new(request: HttpRequest) -> HttpResponse:
    """Add an item of one's own unit to a practice rule (`?rule=`)."""
    person, access = reader_of(request)
    require_somewhere(person, Capability.EDIT_ROADMAP)
    rules = Rule.objects.select_related("principle").filter(principle__version=version_in_use())
    rule = get_object_or_404(rules, code=request.GET.get("rule", ""))
    form = LocalItemForm(request.POST if request.method == "POST" else None)
    units = units_of_evaluations(access, Capability.EDIT_ROADMAP)
    form.fields["unit"].offer(units)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        unit: Unit = form.cleaned_data["unit"]
        require(person, Capability.EDIT_ROADMAP, unit)
        try:
            made = local_item_add(unit=unit, rule=rule, texts=form.texts, actor=person)
        except StandardError:
            form.add_error(None, _newer())
        else:
            messages.success(request, _("%(item)s is in use.") % {"item": made})
            return redirect(f"{reverse('roadmap:standard')}#item-{made.code}")
    context = {"form": form, "rule": rule, "item": None, "crumbs": _crumbs(_("New local item"))}
    return render(request, "roadmap/local_item.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def local_item_edit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an item of one's own unit."""
    person, _access = reader_of(request)
    item = _local(pk)
    require(person, Capability.EDIT_ROADMAP, item.local_to_id or 0)
    form = LocalItemForm(request.POST if request.method == "POST" else None, item=item)
    current: FocusItem | None = None
    if request.method == "POST" and form.is_valid():
        try:
            done = local_item_edit(item=item, texts=form.texts, seen=form.cleaned_data["seen"], actor=person)
        except EditedMeanwhile as refusal:
            current = refusal.current
            renewed = request.POST.copy()
            renewed["seen"] = current.fingerprint
            form = LocalItemForm(renewed, item=item)
        except NotInUse:
            form.add_error(None, _newer())
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('roadmap:standard')}#item-{done.code}")
    context = {
        "form": form,
        "rule": item.rule,
        "item": item,
        "current": current,
        "is_answered": item.answers.exists(),
        "crumbs": _crumbs(item.code),
    }
    return render(request, "roadmap/local_item.html", context)


@require_POST
@login_required
def local_item_use_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an item of one's own unit out of use (`use=0`) or back into it (`use=1`)."""
    person, _access = reader_of(request)
    item = _local(pk)
    require(person, Capability.EDIT_ROADMAP, item.local_to_id or 0)
    is_used = request.POST.get("use") == "1"
    try:
        local_item_use(item=item, active=is_used, actor=person)
    except InUseAlready:
        messages.error(request, _("A newer wording of this item is in use already."))
    except NotInUse:
        messages.error(request, _newer())
    else:
        words = _("%(item)s is in use.") if is_used else _("%(item)s is out of use. Earlier answers stay.")
        messages.success(request, words % {"item": item})
    return redirect(f"{reverse('roadmap:standard')}#item-{item.code}")


def _newer() -> str:
    return _("A newer version of the roadmap is in use. Make the change there.")


def _local(pk: int) -> FocusItem:
    items = FocusItem.objects.select_related("rule__principle", "local_to").filter(local_to__isnull=False)
    return get_object_or_404(items, pk=pk)


def _crumbs(label: str) -> list[dict[str, str]]:
    return [{"label": _("Roadmap"), "url": reverse("roadmap:standard")}, {"label": label, "url": ""}]

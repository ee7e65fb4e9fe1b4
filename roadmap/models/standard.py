"""The roadmap standard (*veikart*): 5 principles × 4 practice rules × focus items, in versions (F086–F091)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models import Unit


class StandardVersion(models.Model):
    """One version of the standard, imported whole. Evaluations keep the version that they were made on.

    The one in use is the last that was adopted.
    """

    version = models.CharField(_("version"), max_length=20, unique=True)
    digest = models.CharField(max_length=64, editable=False)  # of the file
    imported_at = models.DateTimeField(_("imported"))
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("version of the roadmap")
        verbose_name_plural = _("versions of the roadmap")
        ordering = ("-imported_at", "-pk")

    def __str__(self) -> str:
        return self.version


class Principle(models.Model):
    """One of the five principles as a version describes it."""

    version = models.ForeignKey(StandardVersion, models.CASCADE, related_name="principles")
    number = models.PositiveSmallIntegerField(_("number"))
    slug = models.SlugField(max_length=40)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    description_en = models.TextField(_("description in English"), blank=True)
    description_nb = models.TextField(_("description in Norwegian"), blank=True)

    name = Localized("name")
    description = Localized("description")

    class Meta:
        verbose_name = _("principle")
        verbose_name_plural = _("principles")
        ordering = ("version", "number")
        constraints = (models.UniqueConstraint(fields=["version", "number"], name="principle_once"),)

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Rule(models.Model):
    """A practice rule (*praksisregel*), such as 1.1."""

    principle = models.ForeignKey(Principle, models.CASCADE, related_name="rules")
    code = models.CharField(_("code"), max_length=10)
    position = models.PositiveSmallIntegerField(_("order"))
    name_en = models.CharField(_("name in English"), max_length=160)
    name_nb = models.CharField(_("name in Norwegian"), max_length=160)
    text_en = models.TextField(_("text in English"), blank=True)
    text_nb = models.TextField(_("text in Norwegian"), blank=True)

    name = Localized("name")
    text = Localized("text")

    class Meta:
        verbose_name = _("practice rule")
        verbose_name_plural = _("practice rules")
        ordering = ("principle", "position")
        constraints = (models.UniqueConstraint(fields=["principle", "code"], name="rule_once"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class FocusItem(models.Model):
    """A focus item with its red, yellow and green text.

    `local_to` is set for an item that a unit has added for itself (local application); its code is its own
    ("1.1.L1") and it follows its rule's code into newer versions. One that a group has answered keeps its text: a
    change makes a new row of the same code and puts the old one out of use. `fingerprint` is the same for two items
    exactly when code and texts are the same: only then does an answer carry over from one version to another.
    """

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="items")
    code = models.CharField(_("code"), max_length=20)
    position = models.PositiveSmallIntegerField(_("order"))
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    name_nb = models.CharField(_("name in Norwegian"), max_length=160, blank=True)
    red_en = models.TextField(_("red, in English"), blank=True)
    red_nb = models.TextField(_("red, in Norwegian"), blank=True)
    yellow_en = models.TextField(_("yellow, in English"), blank=True)
    yellow_nb = models.TextField(_("yellow, in Norwegian"), blank=True)
    green_en = models.TextField(_("green, in English"), blank=True)
    green_nb = models.TextField(_("green, in Norwegian"), blank=True)
    evidence_text_en = models.TextField(_("evidence, in English"), blank=True)
    evidence_text_nb = models.TextField(_("evidence, in Norwegian"), blank=True)
    local_to = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("local to")
    )
    active = models.BooleanField(_("in use"), default=True)  # a local item can be put out of use
    fingerprint = models.CharField(max_length=64, editable=False)

    name = Localized("name")
    red = Localized("red")
    yellow = Localized("yellow")
    green = Localized("green")
    evidence_text = Localized("evidence_text")

    class Meta:
        verbose_name = _("focus item")
        verbose_name_plural = _("focus items")
        ordering = ("rule", "position", "code")
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "code", "local_to"],
                name="focus_item_once",
                condition=Q(active=True),
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Metric(models.Model):
    """One measure that gives evidence. `indicator` is the code of the indicator that it is, where it is one."""

    version = models.ForeignKey(StandardVersion, models.CASCADE, related_name="metrics")
    name = models.SlugField(max_length=60)
    label_en = models.CharField(max_length=120)
    label_nb = models.CharField(max_length=120)
    definition_en = models.TextField()
    definition_nb = models.TextField()
    unit = models.CharField(max_length=40, blank=True)
    direction = models.CharField(max_length=5)  # up or down
    needs = ArrayField(models.CharField(max_length=30), default=list)
    indicator = models.CharField(max_length=10, blank=True)

    label = Localized("label")
    definition = Localized("definition")

    class Meta:
        ordering = ("version", "pk")
        constraints = (models.UniqueConstraint(fields=["version", "name"], name="metric_once"),)

    def __str__(self) -> str:
        return self.name


class Scope(models.TextChoices):
    TEAM = "team", _("team")
    UNIT = "unit", _("unit")
    PLANT = "plant", _("plant")


class Binding(models.TextChoices):
    """WORST: one value over the scope. ALL: the limit has to hold for every team or unit in it."""

    WORST = "worst", _("over the whole")
    ALL = "all", _("for each")


class Evidence(models.Model):
    """A metric that an item is judged by, with its limits, and the window that it is read over.

    The window is the last `length` closed periods of `cadence`; day × 1 is the state at the end of the last production
    day. `yellow_at` 0 with direction up: it can hold back green, never cause red.
    """

    item = models.ForeignKey(FocusItem, models.CASCADE, related_name="evidence")
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    yellow_at = models.DecimalField(max_digits=12, decimal_places=4)
    green_at = models.DecimalField(max_digits=12, decimal_places=4)
    cadence = models.CharField(max_length=5)
    length = models.PositiveSmallIntegerField()
    scope = models.CharField(max_length=5, choices=Scope)
    binding = models.CharField(max_length=5, choices=Binding)

    class Meta:
        ordering = ("item", "position")
        constraints = (models.UniqueConstraint(fields=["item", "metric"], name="evidence_once"),)

    def __str__(self) -> str:
        return f"{self.item_id} {self.metric_id}"

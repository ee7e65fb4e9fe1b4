"""Read a roadmap standard from YAML: its shape is checked, and everything that is wrong is told with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from roadmap.fingerprints import LANGUAGES, TEXTS
from roadmap.standard_data import EvidenceData, ItemData, MetricData, PrincipleData, RuleData, StandardData, Texts
from roadmap.yaml_text import BadYaml, Mapping, Node, Problem, Scalar, Sequence, read

MAX_PROBLEMS = 20
DIRECTIONS = ("up", "down")
CADENCES = ("shift", "day", "week", "month")
SCOPES = ("team", "unit", "plant")
BINDINGS = ("worst", "all")
_NAME, _LABEL, _LONG = 160, 120, 4000
_DECIMAL = re.compile(r"-?\d{1,8}(\.\d{1,4})?")
_SLUG = re.compile(r"[A-Za-z0-9_-]+")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class BadStandard(ValueError):
    """The file is no roadmap; `problems` lists what is wrong, the first twenty of it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def standard_read(text: str) -> StandardData:
    """The standard that a YAML text describes. Raises BadStandard."""
    try:
        root = read(text)
    except BadYaml as error:
        raise BadStandard([error.problem]) from error
    reader = _Reader()
    found = reader.standard(root)
    if reader.problems or found is None:
        raise BadStandard(reader.problems[:MAX_PROBLEMS])
    return found


class _Reader:
    """Goes through the nodes; what is wrong is noted, and a stand-in lets it go on to find the rest."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.metrics: dict[str, MetricData] = {}

    def wrong(self, text: str, line: int) -> None:
        self.problems.append(Problem(text, line))

    # --- the whole ---

    def standard(self, root: Node) -> StandardData | None:
        if not isinstance(root, Mapping):
            self.wrong(_("A roadmap begins with version, metrics and principles by name."), root.line)
            return None
        version = self.text(root, "version", 20)
        if version and not _VERSION.fullmatch(version):
            self.wrong(_("A version is written with letters, digits, point and dash, such as 1.1."), root.line)
        metrics = [self.metric(node) for node in self.sequence(root, "metrics")]
        for node, metric in zip(self.sequence(root, "metrics"), metrics, strict=True):
            if metric.name in self.metrics:
                self.wrong(_("The metric “%(name)s” is described twice.") % {"name": metric.name}, node.line)
            self.metrics[metric.name] = metric
        principles = [self.principle(node) for node in self.sequence(root, "principles")]
        self.once(
            [(str(p.number), node) for p, node in zip(principles, self.sequence(root, "principles"), strict=True)],
            lambda number: _("Principle %(number)s stands in the file twice.") % {"number": number},
        )
        found = StandardData(version, tuple(metrics), tuple(principles))
        self._codes(root, found)
        return found

    def _codes(self, root: Mapping, found: StandardData) -> None:
        """No code of a rule or an item twice, in the whole file."""
        rules: list[tuple[str, Node]] = []
        items: list[tuple[str, Node]] = []
        for principle in self.sequence(root, "principles", quiet=True):
            for rule in self.sequence(principle, "rules", quiet=True):
                rules.append((self.text(rule, "code", 10, quiet=True), rule))
                nodes = self.sequence(rule, "focus", quiet=True)
                items += [(self.text(item, "code", 20, quiet=True), item) for item in nodes]
        self.once(rules, lambda code: _("The code %(code)s is given to two practice rules.") % {"code": code})
        self.once(items, lambda code: _("The code %(code)s is given to two focus items.") % {"code": code})

    def once(self, found: Iterable[tuple[str, Node]], words: Callable[[str], str]) -> None:
        seen: set[str] = set()
        for code, node in found:
            if code and code in seen:
                self.wrong(words(code), node.line)
            seen.add(code)

    # --- its parts ---

    def metric(self, node: Node) -> MetricData:
        name = self.slug(node, "name", 60)
        return MetricData(
            name=name,
            label=self.both(node, "label", _LABEL),
            definition=self.both(node, "definition", _LONG),
            unit=self.text(node, "unit", 40, optional=True),
            direction=self.choice(node, "direction", DIRECTIONS),
            needs=tuple(self._needs(node)),
            indicator=self.text(node, "indicator", 10, optional=True),
        )

    def _needs(self, node: Node) -> Iterable[str]:
        if isinstance(node, Mapping) and "needs" not in node.items:
            return
        for part in self.sequence(node, "needs", may_be_empty=True):
            if isinstance(part, Scalar) and part.text and len(part.text) <= 30:
                yield part.text
            else:
                self.wrong(_("“%(name)s” lists short words.") % {"name": "needs"}, part.line)

    def principle(self, node: Node) -> PrincipleData:
        number = self.whole(node, "number", 1, 99)
        return PrincipleData(
            number=number,
            slug=self.slug(node, "slug", 40),
            name=self.both(node, "name", 120),
            description=self.both(node, "description", _LONG),
            rules=tuple(self.rule(part, number) for part in self.sequence(node, "rules")),
        )

    def rule(self, node: Node, principle: int) -> RuleData:
        code = self.code(node, 10, str(principle))
        return RuleData(
            code=code,
            name=self.both(node, "name", _NAME),
            text=self.both(node, "text", _LONG),
            items=tuple(self.item(part, code) for part in self.sequence(node, "focus")),
        )

    def item(self, node: Node, rule: str) -> ItemData:
        texts = {name: self.both(node, name, _NAME if name == "name" else _LONG) for name in TEXTS}
        parts = self.sequence(node, "evidence", may_be_empty=True)
        evidence = tuple(self.evidence(part) for part in parts)
        self.once(
            [(found.metric, part) for found, part in zip(evidence, parts, strict=True)],
            lambda name: _("The metric “%(name)s” judges the same focus item twice.") % {"name": name},
        )
        return ItemData(
            code=self.code(node, 20, rule),
            texts={f"{name}_{language}": texts[name][language] for name in TEXTS for language in LANGUAGES},
            evidence=evidence,
        )

    def evidence(self, node: Node) -> EvidenceData:
        name = self.slug(node, "metric", 60)
        metric = self.metrics.get(name)
        if name and metric is None:
            words = _("The metric “%(name)s” is not described under metrics.") % {"name": name}
            self.wrong(words, self.line(node, "metric"))
        yellow, green = self.number(node, "yellow_at"), self.number(node, "green_at")
        if metric is not None and yellow is not None and green is not None:
            self._limits(node, metric, yellow, green)
        window = self.part(node, "window")
        return EvidenceData(
            metric=name,
            yellow_at=yellow or Decimal(0),
            green_at=green or Decimal(0),
            cadence=self.choice(window, "cadence", CADENCES),
            length=self.whole(window, "length", 1, 120),
            scope=self.choice(node, "scope", SCOPES),
            binding=self.choice(node, "binding", BINDINGS),
        )

    def _limits(self, node: Node, metric: MetricData, yellow: Decimal, green: Decimal) -> None:
        line = self.line(node, "green_at")
        values = {"name": metric.name, "yellow": yellow, "green": green}
        if metric.direction == "up" and green < yellow:
            words = _("“%(name)s” is better the higher it is, but green begins at %(green)s, below yellow, %(yellow)s.")
            self.wrong(words % values, line)
        if metric.direction == "down" and green > yellow:
            words = _("“%(name)s” is better the lower it is, but green begins at %(green)s, above yellow, %(yellow)s.")
            self.wrong(words % values, line)

    # --- single values ---

    def line(self, node: Node, name: str) -> int:
        return node.lines.get(name, node.line) if isinstance(node, Mapping) else node.line

    def _get(self, node: Node, name: str, *, quiet: bool = False) -> Node | None:
        if not isinstance(node, Mapping):
            if not quiet:
                self.wrong(_("“%(name)s” is expected here.") % {"name": name}, node.line)
            return None
        found = node.items.get(name)
        if found is None and not quiet:
            self.wrong(_("“%(name)s” is missing.") % {"name": name}, node.line)
        return found

    def sequence(self, node: Node, name: str, *, may_be_empty: bool = False, quiet: bool = False) -> list[Node]:
        found = self._get(node, name, quiet=quiet)
        if isinstance(found, Sequence) and (found.items or may_be_empty):
            return found.items
        if found is not None and not quiet:
            self.wrong(_("“%(name)s” has to be a list with something in it.") % {"name": name}, self.line(node, name))
        return []

    def part(self, node: Node, name: str) -> Node:
        return self._get(node, name) or Mapping(node.line)

    def text(self, node: Node, name: str, longest: int, *, optional: bool = False, quiet: bool = False) -> str:
        is_left_out = not isinstance(node, Mapping) or name not in node.items
        if optional and is_left_out:
            return ""
        found = self._get(node, name, quiet=quiet)
        if found is None:
            return ""
        if not isinstance(found, Scalar):
            if not quiet:
                self.wrong(_("“%(name)s” has to be a text.") % {"name": name}, found.line)
            return ""
        words = " ".join((found.text or "").split())
        if quiet:
            return words
        if not words and not optional:
            self.wrong(_("“%(name)s” is empty.") % {"name": name}, found.line)
        if len(words) > longest:
            values = {"name": name, "most": longest}
            self.wrong(_("“%(name)s” is longer than %(most)d signs.") % values, found.line)
        return words

    def both(self, node: Node, name: str, longest: int) -> Texts:
        found = self._get(node, name)
        if found is None:
            return dict.fromkeys(LANGUAGES, "")
        if not isinstance(found, Mapping):
            self.wrong(_("“%(name)s” needs its text by language: en and nb.") % {"name": name}, found.line)
            return dict.fromkeys(LANGUAGES, "")
        for language in LANGUAGES:
            if language not in found.items:
                values = {"name": name, "language": language}
                words = _("“%(name)s” has no text in the language %(language)s.") % values
                self.wrong(words, self.line(node, name))
        return {
            language: self.text(found, language, longest) if language in found.items else "" for language in LANGUAGES
        }

    def choice(self, node: Node, name: str, choices: tuple[str, ...]) -> str:
        found = self.text(node, name, 20)
        if found and found not in choices:
            values = {"name": name, "value": found, "choices": ", ".join(choices)}
            words = _("“%(name)s” is “%(value)s”; it can be: %(choices)s.") % values
            self.wrong(words, self.line(node, name))
        return found

    def slug(self, node: Node, name: str, longest: int) -> str:
        found = self.text(node, name, longest)
        if found and not _SLUG.fullmatch(found):
            values = {"name": name, "value": found}
            words = _("“%(name)s” is “%(value)s”; use letters a–z, digits, - and _ only.") % values
            self.wrong(words, self.line(node, name))
        return found

    def code(self, node: Node, longest: int, above: str) -> str:
        found = self.text(node, "code", longest)
        if found and not re.fullmatch(re.escape(above) + r"\.\d{1,3}", found):
            values = {"code": found, "above": above}
            words = _("The code %(code)s does not fit its place: it has to begin with %(above)s and a number.") % values
            self.wrong(words, self.line(node, "code"))
        return found

    def number(self, node: Node, name: str) -> Decimal | None:
        found = self.text(node, name, 20)
        if not found:
            return None
        if not _DECIMAL.fullmatch(found):
            values = {"name": name, "value": found}
            words = _("“%(name)s” has to be a number with a decimal point, not “%(value)s”.") % values
            self.wrong(words, self.line(node, name))
            return None
        return Decimal(found)

    def whole(self, node: Node, name: str, least: int, most: int) -> int:
        found = self.text(node, name, 20)
        if not found:
            return least
        if not found.isascii() or not found.isdecimal() or not least <= int(found) <= most:
            values = {"name": name, "least": least, "most": most}
            words = _("“%(name)s” has to be a whole number from %(least)d to %(most)d.") % values
            self.wrong(words, self.line(node, name))
            return least
        return int(found)

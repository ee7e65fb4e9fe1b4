"""A YAML file as plain nodes, read from the parser's events only: no tags, no anchors, no deep nesting, no objects.

Every scalar stays the text it was written as, with its line, so that "no" is never false and 1.0 never 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, and on which line (None: the file as a whole)."""

    text: str
    line: int | None = None

    def __str__(self) -> str:
        return _("Line %(line)d: %(text)s") % {"line": self.line, "text": self.text} if self.line else self.text


class BadYaml(ValueError):
    """The text can't be read; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class Scalar:
    """One value as text; None where it was left empty."""

    text: str | None
    line: int


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Names with their values, in the file's order; `lines` holds the line of each name."""

    line: int
    items: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    pending: str | None = None


type Node = Scalar | Sequence | Mapping


def text_of(data: bytes) -> str:
    """The text of an uploaded file (UTF-8). Raises BadYaml when it is empty, too large or no text."""
    if len(data) > MAX_BYTES:
        raise BadYaml(Problem(_("The file is larger than 1 MB; a roadmap is much smaller.")))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadYaml(Problem(_("The file is no text in UTF-8. Choose the roadmap's YAML file."))) from error
    return text


def read(text: str) -> Node:
    """The nodes of the only document in the text. Raises BadYaml."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise BadYaml(Problem(_("The file is larger than 1 MB; a roadmap is much smaller.")))
    if not text.strip():
        raise BadYaml(Problem(_("The file is empty.")))
    try:
        found = _build(_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        raise BadYaml(Problem(_("This is no YAML: the file can't be read from here on."), line)) from error
    except yaml.YAMLError as error:  # signs that no text file holds
        raise BadYaml(Problem(_("This is no text file: it holds signs that can't be read."))) from error
    if found is None:
        raise BadYaml(Problem(_("The file is empty.")))
    return found


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


def _build(events: Iterator[yaml.Event]) -> Node | None:
    """Nodes from events, without recursion: a file that nests deeper than any roadmap is refused on the way."""
    root: Node | None = None
    open_nodes: list[Sequence | Mapping] = []
    documents = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark is not None else 0
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise BadYaml(Problem(_("A second document begins here; a roadmap is one document."), line))
        elif isinstance(event, yaml.AliasEvent):
            raise BadYaml(_no_anchors(line))
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            node = _node(event, line)
            if open_nodes:
                _put(open_nodes[-1], node, event, line)
            else:
                root = node
            if not isinstance(node, Scalar):
                open_nodes.append(node)
            if len(open_nodes) > MAX_DEPTH:
                raise BadYaml(Problem(_("The file is nested too deep here; a roadmap is not."), line))
        elif isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
    return root


def _node(event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> Node:
    if event.anchor is not None:
        raise BadYaml(_no_anchors(line))
    if event.tag is not None and event.tag != "!":
        raise BadYaml(Problem(_("Tags such as “%(tag)s” are not allowed.") % {"tag": event.tag[:60]}, line))
    if isinstance(event, yaml.ScalarEvent):
        is_empty = event.style is None and event.value in _EMPTY
        return Scalar(None if is_empty else event.value, line)
    if isinstance(event, yaml.MappingStartEvent):
        return Mapping(line)
    return Sequence(line)


def _no_anchors(line: int) -> Problem:
    return Problem(_("Anchors and aliases (& and *) are not allowed: write the text out where it is used."), line)


def _put(into: Sequence | Mapping, node: Node, event: yaml.Event, line: int) -> None:
    if isinstance(into, Sequence):
        into.items.append(node)
        return
    if into.pending is None:
        if not isinstance(node, Scalar) or node.text is None:
            raise BadYaml(Problem(_("A name is expected here."), line))
        if node.text in into.items:
            raise BadYaml(Problem(_("“%(name)s” stands here for the second time.") % {"name": node.text[:60]}, line))
        into.pending = node.text
        into.lines[node.text] = line
        into.items[node.text] = Scalar(None, line)  # keeps its place until the value comes
        return
    into.items[into.pending] = node
    into.pending = None

"""The picture: everybody has a place of their own, for no, one and many links, in circles, too."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from principles.agreements.picture import BOX_HEIGHT, BOX_WIDTH, Link, bands, draw, layers, wrapped

KINDS = ("delivery", "maintenance", "support", "management")


def link(key: int, supplier: str, customer: str, kind: str = "delivery", criticality: str = "") -> Link:
    return Link(key, supplier, customer, kind, criticality, "none")


def names(links: list[Link]) -> dict[str, tuple[str, bool]]:
    return {key: (f"Unit {key}", False) for one in links for key in (one.supplier, one.customer)}


def test_nothing_is_drawn_of_nothing():
    picture = draw([], {})
    assert (picture.boxes, picture.links, picture.width) == ((), (), 0)


def test_a_delivery_runs_from_left_to_right():
    links = [link(1, "a", "b"), link(2, "b", "c")]
    places = {box.key: box.x for box in draw(links, names(links)).boxes}
    assert places["a"] < places["b"] < places["c"]


def test_a_circle_is_broken_at_its_least_critical_link():
    links = [link(1, "cast", "pot", criticality="ordinary"), link(2, "pot", "cast", criticality="critical")]
    columns = layers(links, ["cast", "pot"])
    assert columns["pot"] < columns["cast"]


def test_management_stands_above_and_support_below():
    links = [link(1, "pot", "cast"), link(2, "boss", "pot", "management"), link(3, "lab", "pot", "support")]
    assert bands(links) == (["boss"], ["pot", "cast"], ["lab"])
    places = {box.key: box.y for box in draw(links, names(links)).boxes}
    assert places["boss"] < places["pot"] == places["cast"] < places["lab"]


parties = st.sampled_from([f"u{n}" for n in range(12)])
many = st.lists(
    st.tuples(parties, parties, st.sampled_from(KINDS), st.sampled_from(["", "critical", "ordinary"])).filter(
        lambda drawn: drawn[0] != drawn[1]
    ),
    max_size=40,
)


@given(many)
def test_boxes_never_overlap_and_every_link_is_drawn(drawn):
    links = [link(number, *one) for number, one in enumerate(drawn)]
    picture = draw(links, names(links))
    assert [one.link for one in picture.links] == links
    assert {box.key for box in picture.boxes} == set(names(links))
    for box in picture.boxes:
        assert box.x >= 0
        assert box.x + box.width <= picture.width
        assert box.y + box.height <= picture.height
    boxes = sorted(picture.boxes, key=lambda box: (box.x, box.y))
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert other.x >= one.x + BOX_WIDTH or abs(other.y - one.y) >= BOX_HEIGHT


@given(many)
def test_without_circles_every_customer_stands_right_of_its_supplier(drawn):
    links = [link(n, *one) for n, one in enumerate(drawn) if int(one[0][1:]) < int(one[1][1:]) and one[2] == "delivery"]
    columns = layers(links, names(links))
    assert all(columns[one.supplier] < columns[one.customer] for one in links)


@given(st.text(max_size=200))
def test_a_name_takes_at_most_two_lines(name):
    lines = wrapped(name)
    assert 1 <= len(lines) <= 2
    assert all(len(line) <= 21 for line in lines)

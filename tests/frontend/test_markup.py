"""Markup and addresses that are built without templates, for long tables."""

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils.safestring import SafeString

from frontend import addresses
from frontend.markup import cells, fill, joined, level
from frontend.presenters.activity_words import Detail, Line, Piece
from frontend.presenters.changes import Change
from frontend.presenters.list_filters import Choice
from frontend.presenters.service_page import UsedTech
from frontend.presenters.services_page import ServiceRow
from frontend.templatetags import actions, usages

NASTY = "<b>\"'&{}{0}%s</b>"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
TECH = UsedTech(id=1, name=NASTY, level="low", end_of_life=None, accepted_until=None, versions=NASTY, places=NASTY)


@pytest.fixture
def prefix() -> Generator[None, None, None]:
    before = get_script_prefix()
    set_script_prefix("/tools/")
    yield
    set_script_prefix(before)


def test_fill_escapes_all_but_markup() -> None:
    assert fill("<i>{}</i>{}{}", NASTY, SafeString("<br>"), 3) == (
        "<i>&lt;b&gt;&quot;&#x27;&amp;{}{0}%s&lt;/b&gt;</i><br>3"
    )
    assert joined([fill("{}", "<"), fill("{}", ">")]) == "&lt;&gt;"
    assert isinstance(joined([]), SafeString)


def parsed(markup: SafeString) -> BeautifulSoup:
    return BeautifulSoup(f"<table>{markup}</table>", "html.parser")


@pytest.mark.parametrize("name", ["critical", "unknown"])
def test_level_equals_its_template(name: str) -> None:
    assert level(name) == render_to_string("frontend/_level.html", {"level": name})


def test_addresses() -> None:
    assert addresses.of_tech(1204) == reverse("frontend:detail", args=[1204])
    assert addresses.of_service("shop-0") == reverse("frontend:service", args=["shop-0"])


def test_addresses_below_a_prefix(prefix: None) -> None:
    assert addresses.of_tech(5) == reverse("frontend:detail", args=[5]) == "/tools/techs/5/"
    assert addresses.of_service("shop") == "/tools/services/shop/"


def service(**values: Any) -> SafeString:
    row = ServiceRow(
        slug="shop",
        name=NASTY,
        owner=NASTY,
        impact="critical",
        tags=[NASTY],
        segments=[],
        bar_words=NASTY,
        counts=[],
        worst={"id": 7, "name": NASTY, "priority": "high"},
        technologies=1,
        libraries=1,
        uploaded_at=NOW,
        is_stale=True,
        is_archived=False,
    )
    return usages.service_rows([replace(row, **values)])


def change(**values: Any) -> SafeString:
    row = Change(kind="changed", id=1, name=NASTY, before=NASTY, after=NASTY, level="high")
    return usages.change_items([replace(row, **values)])


def detail(name: Piece, *lines: Line) -> SafeString:
    return actions.detail_items([Detail(name, list(lines), is_named=False)])


@pytest.mark.parametrize(
    "render",
    [
        service,
        lambda: usages.technology_rows([TECH]),
        lambda: usages.library_rows([TECH]),
        change,
        lambda: change(kind="left", id=None),
        lambda: detail(Piece(NASTY), Line(NASTY, NASTY, NASTY), Line(NASTY, "", "")),
        lambda: detail(Piece(NASTY, f"/{NASTY}"), Line(NASTY, NASTY, "")),
    ],
    ids=["service", "technology", "library", "change", "removal", "detail", "detail with a link"],
)
def test_texts_are_escaped(render: Callable[[], SafeString]) -> None:
    page = parsed(render())
    assert page.b is None
    assert NASTY in page.get_text()


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"technologies": 1234, "libraries": 2345}, "1,234 tracked, 2,345 libraries"),
        ({"technologies": 1, "libraries": 0}, "1 tracked"),
        ({"technologies": 0, "libraries": 1}, "1 library"),
        ({"technologies": 0, "libraries": 0}, "nothing"),
        ({"technologies": 0, "libraries": 0, "uploaded_at": None}, "nothing yet"),
    ],
)
def test_numbers_of_a_service(values: dict[str, Any], shown: str) -> None:
    cell = parsed(service(**values)).select_one(".bar-cell")
    assert cell is not None
    assert cell.get_text() == shown


def test_options() -> None:
    choice = Choice("tag", "Tag", "Any tag", [("a&b", "<A>"), ("c", "C")], "c")
    assert choice.markup == '<option value="a&amp;b">&lt;A&gt;</option><option value="c" selected>C</option>'


def test_cells() -> None:
    assert cells([1234, 0]) == "<td>1,234</td><td>0</td>"

"""Each request of an import parses its input once."""

from typing import Any

import pytest
from django.test import Client

from techs.imports import parsing, service
from techs.models import Import
from tests.support.import_pages import STACK, give, page, start

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the parsed inputs, which must be one after each request."""
    names: list[str] = []
    read = parsing.read

    def counted(name: str, content: bytes) -> Any:
        names.append(name)
        return read(name, content)

    monkeypatch.setattr(parsing, "read", counted)
    return names


def test_the_preview(client: Client, parsed: list[str]) -> None:
    assert "3 technologies in" in page(give(client, STACK))
    assert len(parsed) == 1


@pytest.mark.parametrize(
    "click",
    [
        {"correct": "0:Django 5.2"},
        {"untick": "known"},
        {"take": []},
        {"owner": "\x07"},
        {"change": "yes"},
        {},
    ],
)
def test_a_click(client: Client, parsed: list[str], click: dict[str, Any]) -> None:
    shown = page(start(client, page(give(client, STACK)), correct="0:Django 4.2"))
    parsed.clear()
    assert start(client, shown, **click).status_code in {200, 303, 400}
    assert len(parsed) == 1


def test_an_import_that_finds_no_place(client: Client, parsed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(give(client, STACK))
    monkeypatch.setattr(service, "AT_ONCE", 0)
    parsed.clear()
    assert start(client, shown).status_code == 429
    assert (len(parsed), Import.objects.count()) == (1, 0)

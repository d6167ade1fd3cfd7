"""Headings and sentences among lines that name no known product."""

import pytest

from techs.imports.manifests.headings import is_heading, is_sentence

HEADINGS = [
    *("Backend", "Databases", "== Our billing ==", "**Frontend**", "Languages and frameworks:", "CI/CD", "Tech stack"),
    *("Operating systems", "Other tools", "--- shop ---", "Web & mobile", "Front-end", "Owner:"),
]
SENTENCES = [
    *("We still run this", "see the wiki", "Please add more", "These are not in use any more.", "don't touch this one"),
    *("https://example.org/stack", "one two three four five six seven eight nine"),
]
NAMES = [
    *("Our billing engine", "our own thing", "no such thing 1", "djano 4", "Billing API", "shop-frontend"),
    *("internal-tools", "Payment service", "Data Hub", "Acme Web Server", "foo (bar)", "[core]", "-x", "It Just Works"),
    *("TBD.", "x.y", "a" * 200, "Will 2", "*", "=", "", ":"),
]


@pytest.mark.parametrize("text", HEADINGS)
def test_headings(text: str) -> None:
    assert is_heading(text)


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences(text: str) -> None:
    assert is_sentence(text)


@pytest.mark.parametrize("text", NAMES)
def test_names(text: str) -> None:
    assert not is_heading(text)
    assert not is_sentence(text)

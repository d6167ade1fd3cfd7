"""Ranges in words, labels and remarks around a name and version, in the languages of the people who write them."""

import re

import pytest

from techs.rules import phrases
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from tests.support import pasted_strings, typed_catalogue, typed_inventory, typed_strings
from tests.support.snapshots import SNAPSHOTS, snapshot

CORPORA = (pasted_strings, typed_catalogue, typed_inventory, typed_strings)


@pytest.mark.parametrize(
    ("text", "in_order"),
    [
        ("at least Node 14", "Node >=14"),
        ("min. PHP 7.4", "PHP >=7.4"),
        ("ab PHP 7.4", "PHP >=7.4"),
        ("PHP ab 7.4", "PHP >=7.4"),
        ("mindestens PostgreSQL Version 11", "PostgreSQL >=11"),
        ("à partir de Python 3.6", "Python >=3.6"),
        ("mínimo PHP 7.3", "PHP >=7.3"),
        ("PHP 7.3 mínimo", "PHP >=7.3"),
        ("up to Python 3.8", "Python <=3.8"),
        ("bis PHP 7.4", "PHP <=7.4"),
        ("jusqu'à PHP 7.4", "PHP <=7.4"),
        ("older than MariaDB 10.4", "MariaDB <10.4"),
        ("Node.js 14 ou supérieur", "Node.js >=14"),
        ("PHP 7.4 o superior", "PHP >=7.4"),
        ("PHP 7.4 e superiori", "PHP >=7.4"),
        ("Python 3.6 of hoger", "Python >=3.6"),
        ("PostgreSQL 10 aufwärts", "PostgreSQL >=10"),
        ("MySQL 5.7 ou antérieure", "MySQL <=5.7"),
        ("between Django 2.2 and 3.2", "Django >=2.2,<=3.2"),
        ("zwischen PHP 7.1 und 7.4", "PHP >=7.1,<=7.4"),
        ("version of nginx: 1.14", "nginx: 1.14"),
        ("Versión de PHP: 7.2", "PHP: 7.2"),
        ("Versione di PHP 7.3", "PHP 7.3"),
        ("jQuery 3.4.1 min", ""),  # minified
        ("PHP 7.4", ""),
        ("from scratch", ""),
    ],
)
def test_words_and_operators_stand_between_name_and_version(text: str, in_order: str) -> None:
    assert phrases.in_order(text) == in_order


def test_an_operator_before_the_name_is_a_range() -> None:
    assert phrases.reword(">= PHP 7.2") == "PHP >=7.2"
    assert phrases.reword("≤Python 3.7") == "Python <=3.7"
    assert phrases.reword("> Python 3.7") is None  # a quotation


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("serveur web nginx 1.18", "nginx 1.18"),
        ("Serveur d'applications Tomcat 8.5", "Tomcat 8.5"),
        ("Banco de Dados PostgreSQL 9.5", "PostgreSQL 9.5"),
        ("Frontend (Angular 9)", "Angular 9"),
        ("C# (.NET Core 3.1)", ".NET Core 3.1"),
        ("package redis 4.0", ""),  # a library for Redis
        ("Team Tomcat 9", ""),
        ("server", ""),
    ],
)
def test_a_kind_of_technology_before_the_name_is_a_label(text: str, rest: str) -> None:
    assert phrases.without_kind(text) == rest


# Labels, phrases and remarks together: text, the newest release cycle it allows.
RANGES = {
    ">= PHP 7.2": "8.5",
    "<= Python 3.7": "3.7",
    "at least Node 14 (prod)": "26",
    "Backend: PHP 7.1 bis 7.3": "7.3",
    "Ruby 2.5 bis 2.7 - legacy": "2.7",
    "PHP 7.4 o superior - legacy": "8.5",
    ".NET Framework 4.5+": "4.8.1",
    "Node 12 (or newer)": "26",
    "PHP 5.6 à 7.4": "7.4",
    "Node 10..12": "12",
    "PHP (min. 7.4)": "8.5",
    "requires PHP >= 7.2": "8.5",
}


@pytest.mark.parametrize(("text", "newest"), RANGES.items())
def test_a_range_keeps_both_ends_whatever_stands_around_it(text: str, newest: str) -> None:
    match = find(text, NameIndex.build(snapshot(SNAPSHOTS[-1])))
    assert match.allowed
    assert match.candidates[0].name == newest


def texts() -> list[str]:
    tables = (table for corpus in CORPORA for table in vars(corpus).values() if isinstance(table, dict))
    return sorted({text for table in tables for text in table if isinstance(text, str)})


def test_quick_looks_miss_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most texts are only looked at: with all patterns tried, the result is the same."""
    looked_at = [(phrases.in_order(text), phrases.without_kind(text)) for text in texts()]
    monkeypatch.setattr(phrases, "_ANY_WORDS", re.compile(""))
    monkeypatch.setattr(phrases, "_CLOSING", {text[-1:] for text in texts()})
    assert [(phrases.in_order(text), phrases.without_kind(text)) for text in texts()] == looked_at
    assert sum(bool(phrase) for phrase, _ in looked_at) > 20

"""The starter table: its content, and how strictly it is read."""

import hashlib
import re
from datetime import date
from pathlib import Path

import pytest

from techs.lifecycles.starter import STARTER, read_starter, read_table
from techs.rules.products import Facts, ReleaseCycle

GOOD = """
facts_as_of = 2026-08-22

[[product]]
slug = "django"
title = "Django"
url = "https://endoflife.date/django"
lines = [{ name = "3.2", released = 2021-04-06, eol = 2024-04-01 }]
"""


@pytest.fixture(scope="module")
def facts() -> Facts:
    return read_starter()


def line(facts: Facts, slug: str, name: str) -> ReleaseCycle:
    return next(line for line in facts.products[slug].cycles if line.name == name)


def write(folder: Path, content: str) -> Path:
    path = folder / "table.toml"
    path.write_text(content)
    return path


def test_it_reads_the_table(facts: Facts) -> None:
    assert facts.as_of == date(2026, 8, 22)
    assert len(facts.products) == 53
    assert sum(len(product.cycles) for product in facts.products.values()) == 223


def test_the_version_is_the_hash_of_the_file(facts: Facts) -> None:
    assert facts.version == hashlib.sha256(STARTER.read_bytes()).hexdigest()[:12]


def test_it_is_read_with_utf_8_and_equal_bytes_give_equal_versions(tmp_path: Path) -> None:
    first = read_table(write(tmp_path, GOOD))
    assert read_table(write(tmp_path, GOOD)) == first
    assert read_table(write(tmp_path, f"{GOOD}# é")).version != first.version


@pytest.mark.parametrize(
    ("slug", "name", "eol"),
    [
        ("django", "3.2", date(2024, 4, 1)),
        ("nodejs", "3", True),
        ("react", "16", False),
        ("angularjs", "1.0", date(2021, 12, 31)),
        ("dotnet", "10", date(2028, 11, 14)),
        ("mssqlserver", "13.0-sp3", date(2026, 7, 14)),
        ("aws-lambda", "python3.9", date(2027, 3, 3)),
    ],
)
def test_ends_of_life(facts: Facts, slug: str, name: str, *, eol: date | bool) -> None:
    assert line(facts, slug, name).eol == eol


def test_every_other_fact_of_a_line(facts: Facts) -> None:
    assert line(facts, "ubuntu", "22.04") == ReleaseCycle(
        name="22.04",
        released=date(2022, 4, 21),
        eol=date(2027, 4, 1),
        codename="Jammy Jellyfish",
        active_support=date(2024, 9, 30),
        extended_support=date(2032, 4, 9),
        latest="22.04.5",
        latest_released=date(2024, 9, 12),
    )
    assert line(facts, "python", "2.7").active_support is True
    assert line(facts, "nodejs", "22").extended_support is False
    assert line(facts, "django", "3.2").extended_support is None
    assert line(facts, "mssqlserver", "17.0").label == "2025"


def test_every_line_was_released_before_it_ends(facts: Facts) -> None:
    for product in facts.products.values():
        for each in product.cycles:
            assert each.released is not None, (product.slug, each.name)
            assert isinstance(each.eol, bool) or each.released < each.eol, (product.slug, each.name)
            assert each.released <= facts.as_of, (product.slug, each.name)


def test_every_product_links_to_its_source(facts: Facts) -> None:
    for product in facts.products.values():
        assert product.url == f"https://endoflife.date/{product.slug}"
        assert product.facts_as_of == facts.as_of


def test_the_licence_of_the_facts_stands_in_the_file() -> None:
    content = STARTER.read_text()
    assert "Copyright 2020 endoflife.date contributors" in content
    assert "THE SOFTWARE IS PROVIDED" in content


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("facts_as_of = 2026-08-22", "", "top level: missing facts_as_of"),
        ("2026-08-22", '"22 August 2026"', "top level: facts_as_of must be a date"),
        ("2026-08-22", "2026-08-22T00:00:00", "top level: facts_as_of must be a date"),
        ("facts_as_of", "colour = 1\nfacts_as_of", "top level: unknown colour"),
        ('title = "Django"', "", "product django: missing title"),
        ('title = "Django"', 'title = " "', "product django: title must be a non-empty string"),
        ('title = "Django"', "title = 5", "product django: title must be a non-empty string"),
        ('slug = "django"', "", "product 1: missing slug"),
        ("url", "home", "product django: unknown home"),
        ('title = "Django"', 'title = "Django"\naliases = "dj"', "product django: aliases must be strings"),
        ("lines = [", "lines = []\n#", "product django: lines must be a non-empty list"),
        ("lines = [", 'lines = ["3.2"]\n#', "product django: lines must be a non-empty list"),
        ("eol = 2024-04-01", "eol = 2024", "product django, release 3.2: eol must be a date"),
        ("eol = 2024-04-01", 'eol = "soon"', "product django, release 3.2: eol must be a date"),
        (", eol = 2024-04-01", "", "product django, release 3.2: missing eol"),
        ("eol = 2024-04-01", "eol = true, eos = true", "product django, release 3.2: unknown eos"),
        ('name = "3.2"', "name = 3.2", "product django, release 3.2: name must be a non-empty string"),
        ("released = 2021-04-06", "released = true", "product django, release 3.2: released must be a date"),
        (
            "eol = 2024-04-01 }",
            'eol = true }, { name = "3.2", eol = true }',
            "product django: a release is listed twice",
        ),
        ("2024-04-01", "2024-02-30", "Invalid"),
    ],
)
def test_it_refuses_with_the_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert old in GOOD
    with pytest.raises(ValueError, match=rf"^table\.toml: .*{place}"):
        read_table(write(tmp_path, GOOD.replace(old, new)))


def test_it_refuses_a_product_listed_twice(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[product]]") :]
    with pytest.raises(ValueError, match="product django: listed twice"):
        read_table(write(tmp_path, twice))


def test_it_refuses_what_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"table\.toml"):
        read_table(path)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("table.json", "[" * 100_000, "table.json: nested too deeply"),
        ("table.toml", f"a = {'[' * 100_000}", "table.toml: nested too deeply"),
        ("table.toml", f"a = {'9' * 5_000}", "table.toml: Exceeds the limit"),
        ("table.toml", GOOD.replace('"Django"', f'"{"D" * 201}"'), "title is longer than 200 characters"),
        ("table.toml", GOOD.replace('"3.2"', f'"{"3" * 101}"'), "name is longer than 100 characters"),
        ("table.toml", GOOD.replace('"Django"', '"Dj\\u0000ango"'), "title contains control characters"),
        (
            "table.toml",
            GOOD.replace('"Django"', '"Django"\naliases = ["\\u001b[2J"]'),
            "alias contains control characters",
        ),
        ("table.toml", GOOD.replace('"django"', f"0x{'f' * 6_000}"), "table.toml: Exceeds the limit"),
        (
            "table.json",
            '{"facts_as_of": "2026-01-01", "product": [{"slug": "\\ud800", "a": 1}]}',
            "product ?: missing ",
        ),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_no_parser_bears_and_no_database_stores(tmp_path: Path, name: str, content: str, problem: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=re.escape(problem)) as refused:
        read_table(tmp_path / name)
    assert len(str(refused.value)) < 500

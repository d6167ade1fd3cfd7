"""The nine changes of version 2 of the priority rule, with worked examples of each."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from techs.lifecycles.starter import read_starter
from techs.models import Tech
from techs.rules.end_dates import compare, describe
from techs.rules.levels import Impact
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.priority import assess
from techs.rules.products import Facts, ProductFacts, ReleaseCycle
from tests.rules.test_editions import WINDOWS, product

TODAY = date(2026, 11, 22)

RDS = {"17": ("", "2025-01-01", "2030-02-28"), "12": ("", "2020-03-31", "2025-02-28")}
CORRETTO = {"21": ("21 (LTS)", "2023-09-21", "2030-10-31"), "8": ("8 (LTS)", "2018-06-27", "2030-12-31")}
NEXUS = {"3.62": ("", "2023-11-01", "2025-05-01"), "3.61": ("", "2023-10-01", "2025-04-01")}

EXAMPLES = {
    "1 a range stays a range": {
        "Express ^4.1.0": "low 30 BEHIND",
        "Rails ~> 6.1": "critical 94 EOL_PAST",
        "Django >=3.2,<4": "critical 95 EOL_PAST",
        "Python >=3.9": "low 31 RANGE_FLOOR",
        "Spring Framework >=6.2": "medium 45 RANGE_FLOOR",
        "Tomcat [9.0,)": "low 20 RANGE_FLOOR",
        "Tomcat [9.0,10.0)": "medium 60 EOL_MID",
        "node 18 || 20 || 22": "medium 57 EOL_MID",
    },
    "2 older, between, newer": {
        "Terraform 0.13": "critical 95 OLDER_THAN_DATA",
        "nginx 1.13": "critical 91 OLDER_THAN_DATA",
        "PHP 4": "critical 98 OLDER_THAN_DATA",
        "Elasticsearch 2.4": "critical 91 OLDER_THAN_DATA",
        "Windows Server 10.0.10240": "unknown 37 RELEASE_UNKNOWN",
        "Django 3.5": "critical 91 BETWEEN_RELEASES",
        "Ruby on Rails 6.5": "critical 90 BETWEEN_RELEASES",
        "Django 99": "unknown 37 RELEASE_UNKNOWN",
    },
    "3 editions": {
        "Windows 11 24H2": "high 84 SEVERAL_MEANINGS",
        "Windows 11 24H2 Pro": "high 84 EOL_JUST_PAST",
        "Windows 11 24H2 Enterprise": "medium 43 EOL_FAR",
        "Windows 11 24H2 IoT": "low 5 SUPPORTED",
        "Java 17": "unknown 36 AMBIGUOUS_NAME",
        "Java 21": "low 17 SEVERAL_MEANINGS",
        "Java 9": "critical 92 NO_BUILD",
    },
    "5 libraries": {
        "pkg:npm/react-dom@16.1.0": "medium 45 EOAS_LONG",
        "pkg:npm/%40angular/core@14.0.0": "critical 96 EOL_PAST",
        "pkg:maven/org.springframework.boot/spring-boot-starter-web@2.7.1": "high 74 EOL_EXTENDED",
        "pkg:npm/%40types/react@16.1.0": "unknown 38 NO_MATCH",
        "pkg:npm/%40angular/fire@7.0.0": "unknown 38 NO_MATCH",
        "PyPI redis 6.4.0": "unknown 38 NO_MATCH",
    },
    "6 parentheses and words around": {
        "PostgreSQL 12 (RDS)": "critical 93 EOL_PAST",
        "Java 8 (Amazon Corretto)": "low 30 BEHIND",
        "PHP 7.4.33 (cli) (built: Nov  8 2022 11:40:37) ( NTS )": "critical 98 EOL_PAST",
        "go version go1.24.6 linux/amd64": "critical 91 EOL_PAST",
        "Server version: Apache/2.4.41": "medium 41 PATCH_BEHIND",
        "Datenbank: PostgreSQL 13": "critical 92 EOL_PAST",
        "Ubuntu 18.04 x64": "high 74 EOL_EXTENDED",
        "postgres:13-alpine": "critical 92 EOL_PAST",
    },
    "7 spellings of the data": {
        "Nexus 3.62.0-01": "critical 93 EOL_PAST",
        "Corretto 8.432.06.1": "low 30 BEHIND",
        "Corretto 8u432+7": "low 30 BEHIND",
    },
}


@pytest.fixture(scope="module")
def facts() -> Facts:
    more = [
        product("windows", "Microsoft Windows", WINDOWS),
        product("amazon-rds-postgresql", "Amazon RDS for PostgreSQL", RDS),
        product("amazon-corretto", "Amazon Corretto", CORRETTO),
        with_latest(product("nexus", "Sonatype Nexus Repository", NEXUS), "3.62", "3.62.0-01"),
    ]
    starter = read_starter()
    return replace(starter, products={**starter.products, **{each.slug: each for each in more}})


def with_latest(known: ProductFacts, name: str, latest: str) -> ProductFacts:
    return changed(known, name, latest=latest)


def changed(known: ProductFacts, name: str, **values: object) -> ProductFacts:
    def cycle(each: ReleaseCycle) -> ReleaseCycle:
        return replace(each, **values) if each.name == name else each  # type: ignore[arg-type]

    return replace(known, cycles=tuple(map(cycle, known.cycles)))


@pytest.fixture(scope="module")
def index(facts: Facts) -> NameIndex:
    return NameIndex.build(facts)


@pytest.mark.parametrize("change", EXAMPLES)
def test_levels(index: NameIndex, change: str) -> None:
    found = {text: assess(find(text, index), today=TODAY) for text in EXAMPLES[change]}
    got = {text: f"{result.level} {result.score} {result.reasons[0].code}" for text, result in found.items()}
    assert got == EXAMPLES[change]


def test_4_ties() -> None:
    worst_first: list[dict[str, Any]] = [
        {"score": 99, "name_key": "z"},
        {"score": 95, "name_key": "y", "impact": "critical", "end": date(2026, 1, 1)},
        {"score": 95, "name_key": "x", "end": date(2019, 1, 1)},
        {"score": 95, "name_key": "b", "end": date(2020, 1, 1)},
        {"score": 95, "name_key": "c", "end": date(2020, 1, 1)},
        {"score": 95, "name_key": "a"},
        {"score": 95, "name_key": "w", "impact": "low", "end": date(2018, 1, 1)},
        {"score": 5, "name_key": "d"},
        {"score": 99, "name_key": "e", "is_library": True},
    ]
    ranks = [Tech.rank_of(**row) for row in worst_first]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("text", "upgrade"),
    [
        ("Python 3.8", "Upgrade to Python 3.14, supported until 2030-10-31."),
        ("Windows 11 24H2 Pro", "Upgrade to Microsoft Windows 11 25H2 (W), supported until 2027-10-12."),
        ("React 16", "Upgrade to React 19, which has no announced end of support."),
        ("AngularJS 1.5", "No release is supported any more. Replace it."),
        ("Django 6.1", None),
    ],
)
def test_8_upgrade_targets(index: NameIndex, text: str, upgrade: str | None) -> None:
    target = assess(find(text, index), today=TODAY).upgrade_to
    assert (target and target.text) == upgrade


def test_9_dates_that_move_are_news(facts: Facts) -> None:
    moved = changed(facts.products["django"], "5.2", eol=date(2028, 6, 30))
    (change,) = compare(facts.products, {**facts.products, "django": moved})
    text = describe(change.field, before=change.before, after=change.after)
    assert f"{change.title}: {text}" == "Django 5.2: end of support moved from 2028-04-30 to 2028-06-30"
    levels = [
        assess(find("Django 5.2", NameIndex.build(each)), today=TODAY).level for each in (facts, of(facts, moved))
    ]
    assert levels[0] == levels[1]


def of(facts: Facts, known: ProductFacts) -> Facts:
    return replace(facts, products={**facts.products, known.slug: known})


def test_impact_comes_last(index: NameIndex) -> None:
    found = [assess(find("Python >=3.9", index), today=TODAY, impact=impact).level for impact in Impact]
    assert set(found) == {"low"}

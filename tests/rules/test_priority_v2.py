"""Version 2 of the priority rule, worked examples on the starter table: ranges, and releases without a cycle."""

from datetime import date

import pytest

from techs.lifecycles import starter
from techs.rules.catalogue import ProductCatalogue
from techs.rules.levels import Impact
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.priority import Assessment, assess
from techs.rules.products import Facts, ProductFacts, ReleaseCycle

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def catalogue() -> ProductCatalogue:
    return ProductCatalogue.of(starter.read_starter())


def judge(text: str, catalogue: ProductCatalogue, *, impact: Impact = Impact.NORMAL) -> Assessment:
    return assess(catalogue.find(text), today=TODAY, impact=impact)


def decision(result: Assessment) -> str:
    return f"{result.level} {result.score} {result.reasons[0].code}"


BOUNDED = [
    # text, level, score and code, newest cycle that it allows
    ("Express ^4.1.0", "low 30 BEHIND", "4"),
    ("react@^18.2.0", "medium 45 EOAS_LONG", "18"),
    ("Rails ~> 6.1", "critical 94 EOL_PAST", "6.1"),
    ("rails ~> 7.2.1", "critical 90 EOL_PAST", "7.2"),
    ("Django>=3.2,<4", "critical 95 EOL_PAST", "3.2"),
    ("Django ~=4.2", "critical 91 EOL_PAST", "4.2"),
    ("Django ^4.1.0", "critical 91 EOL_PAST", "4.2"),
    ("Django ==4.2.*", "critical 91 EOL_PAST", "4.2"),
    ("Django !=5.1, <= 5.2.3", "low 25 EOAS_PAST", "5.2"),
    ("Python 3.x", "low 13 SUPPORTED", "3.14"),
    ('Python "^3.8"', "low 13 SUPPORTED", "3.14"),
    ("Python>=3.9,<3.12", "medium 41 EOL_FAR", "3.11"),
    ("Node.js ^18 || ^20", "critical 91 EOL_PAST", "20"),
    ("node 18 || 20 || 22", "medium 57 EOL_MID", "22"),
    ("Node.js ~24.1.0", "low 25 EOAS_PAST", "24"),
    ("PHP ^7.4 | ^8.0", "low 14 SUPPORTED", "8.5"),
    ("Tomcat [9.0,10.0)", "medium 60 EOL_MID", "9.0"),
    ("Redis 6.0 - 7.2", "critical 94 EOL_PAST", "7.0"),
    ("Log4j ^2.17", "low 15 NO_END_DATE", "2"),
    # 2.12 is a cycle of its own, and has the newest version below 2.13.
    ("Log4j >=2.10,<2.13", "critical 99 EOL_PAST", "2.12"),
    ("AngularJS >=1.5", "critical 99 EOL_PAST", "1.8"),
    ("PostgreSQL Server <14", "critical 92 EOL_PAST", "13"),
    ("SQL Server before 2019", "medium 43 EOL_FAR", "2017 'Helsinki'"),
    ("PostgreSQL 13-14", "high 81 EOL_JUST_PAST", "14"),
    ("Python >=3.8,<3.12 (in CI)", "medium 41 EOL_FAR", "3.11"),
]


@pytest.mark.parametrize(("text", "expected", "cycle"), BOUNDED, ids=[row[0] for row in BOUNDED])
def test_a_range_is_judged_by_the_newest_cycle_it_allows(
    catalogue: ProductCatalogue, text: str, expected: str, cycle: str
) -> None:
    result = judge(text, catalogue)

    assert decision(result) == expected
    assert f" {cycle}: " in result.reasons[0].text
    assert result.release in {None, cycle}
    assert "PATCH_BEHIND" not in [reason.code for reason in result.reasons]


BELOW_ALL = (
    "Hashicorp Terraform >= 0.13 allows down to 0.13; the oldest release of these that we know is 1.5, "
    "which ended on 2024-01-17."
)
ONLY_NEWEST = "Spring Framework >=6.2 allows down to 6.2, which ended on 2026-06-30. Only 7.0 is still supported."
FLOORS = [
    ("Python >=3.9", "low", 31, "Python >=3.9 allows down to 3.9, which ended on 2025-10-31."),
    ("node >=18.0.0", "low", 31, "Node.js >=18.0.0 allows down to 18, which ended on 2025-04-30."),
    ("PHP 7.4+", "low", 31, "PHP 7.4+ allows down to 7.4, which ended on 2022-11-28."),
    ("jQuery >=1.9", "low", 31, "jQuery >=1.9 allows down to 1, which ended on an unknown date."),
    ("Python >=3.12", "low", 20, "Python >=3.12 allows 3.12 and newer."),
    ("Kubernetes >=1.36", "low", 20, "Kubernetes >=1.36 allows 1.36 and newer."),
    ("Terraform >= 0.13", "low", 31, BELOW_ALL),
    ("Spring Framework >=6.2", "medium", 45, ONLY_NEWEST),
    # Intervals of Maven and NuGet with one limit, and words of the product before the operator
    ("Tomcat [9.0,)", "low", 20, "Apache Tomcat [9.0,) allows 9.0 and newer."),
    ("EKS [1.24,)", "low", 31, "Amazon EKS [1.24,) allows down to 1.24, which ended on 2024-01-31."),
    ("PostgreSQL Server >=13", "low", 31, "PostgreSQL >=13 allows down to 13, which ended on 2025-11-13."),
]


@pytest.mark.parametrize(("text", "level", "score", "reason"), FLOORS, ids=[row[0] for row in FLOORS])
def test_a_floor_says_how_old_a_release_may_be(
    catalogue: ProductCatalogue, text: str, level: str, score: int, reason: str
) -> None:
    result = judge(text, catalogue)

    assert (result.level, result.score) == (level, score)
    assert (result.reasons[0].code, result.reasons[0].text) == ("RANGE_FLOOR", reason)


def test_a_range_over_several_cycles_says_which_counts(catalogue: ProductCatalogue) -> None:
    reasons = {reason.code: reason.text for reason in judge("Python>=3.9,<3.12", catalogue).reasons}
    assert reasons["RANGE"] == "Python >=3.9,<3.12 allows 3.9 to 3.11. The newest counts."


UNKNOWN = [
    # text, level, score and code, the cycle beside it
    ("Terraform 0.13", "critical 95 OLDER_THAN_DATA", "1.5"),
    ("Terraform ~> 0.12.0", "critical 95 OLDER_THAN_DATA", "1.5"),
    ("nginx 1.13", "critical 91 OLDER_THAN_DATA", "1.28"),
    ("PHP 4", "critical 98 OLDER_THAN_DATA", "7.4"),
    ("Elasticsearch 2.4", "critical 91 OLDER_THAN_DATA", "7"),
    ("Windows Server 2003", "critical 96 OLDER_THAN_DATA", "2012 R2"),
    ("Ubuntu 16.04", "critical 90 OLDER_THAN_DATA", "18.04"),
    ("AWS Lambda python3.5", "unknown 37 RELEASE_UNKNOWN", "Python 3.9"),
    ("Docker 1.13", "unknown 37 RELEASE_UNKNOWN", "25.0"),
    # Between two cycles, the next newer one counts.
    ("Django 3.5", "critical 91 BETWEEN_RELEASES", "4.2"),
    ("Ruby on Rails 6.5", "critical 90 BETWEEN_RELEASES", "7.2"),
    ("Kafka 3.7.1", "high 79 BETWEEN_RELEASES", "3.8"),
    ("SQL Server 2018", "low 30 BETWEEN_RELEASES", "2019"),
    ("MySQL 8.2", "low 18 BETWEEN_RELEASES", "8.4"),
    # Build numbers and versions of another product do not compare.
    ("Windows Server 10.0.10240", "unknown 37 RELEASE_UNKNOWN", ""),
    ("Windows Server 10", "unknown 37 RELEASE_UNKNOWN", ""),
    (".NET 4.0", "high 73 BETWEEN_RELEASES", "4.6.2"),  # .NET Framework
    ("Docker 5:20.10.7", "unknown 37 RELEASE_UNKNOWN", ""),
    ("Python 3.8, 3.9", "unknown 37 RELEASE_UNKNOWN", ""),
    ("Windows Server 2019 R2", "unknown 37 RELEASE_UNKNOWN", ""),
]


@pytest.mark.parametrize(("text", "expected", "beside"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_a_release_without_a_cycle_is_compared_with_its_neighbours(
    catalogue: ProductCatalogue, text: str, expected: str, beside: str
) -> None:
    result = judge(text, catalogue)

    assert decision(result) == expected
    assert beside in result.reasons[0].text
    assert result.release is None


def test_an_old_release_names_the_oldest_one_known(catalogue: ProductCatalogue) -> None:
    assert judge("Terraform 0.13", catalogue).reasons[0].text == (
        "Hashicorp Terraform 0.13 is older than 1.5, the oldest release we have data for, which ended on 2024-01-17."
    )
    assert judge("Django 3.5", catalogue).reasons[0].text == (
        "Django 3.5: we don't know this release. The next newer one, 4.2, counts."
    )


def test_a_version_below_the_newest_release_of_the_cycle_before_it_belongs_to_that_cycle() -> None:
    cycles = tuple(
        ReleaseCycle(name, date(2013, 1, 1), date(2023, 8, 31), latest=latest)
        for name, latest in (("6.0", "6.0.0"), ("5.0", "5.4.4"), ("4.0", "4.0.14"))
    )
    widget = ProductFacts("widget", "Widget", "https://example.org/widget", TODAY, cycles)
    index = NameIndex.build(Facts("test", TODAY, {"widget": widget}))
    assert [find(f"Widget {version}", index).cycle for version in ("5.2", "5.4.1")] == [cycles[1], cycles[1]]
    above, between = find("Widget 5.5", index), find("Widget 4.9", index)
    assert (above.next_newer, between.next_newer) == (cycles[0], cycles[1])


def numbered(**cycles: tuple[str, int]) -> NameIndex:
    """An index of a product with these cycles, "v4_0": latest release and year, newest first."""
    found = tuple(
        ReleaseCycle(name.strip("v").replace("_", "."), date(year, 1, 1), date(year + 3, 1, 1), latest=latest)
        for name, (latest, year) in cycles.items()
    )
    widget = ProductFacts("widget", "Widget", "https://example.org/widget", TODAY, found)
    return NameIndex.build(Facts("test", TODAY, {"widget": widget}))


def test_a_product_that_went_over_to_years_has_no_newer_numbers() -> None:
    """As ColdFusion did after 11, and Salt back to numbers after 2019.2."""
    index = numbered(v2018=("2018.0.19", 2018), v2016=("2016.0.17", 2016), v11=("11.0.19", 2014), v10=("10.0.23", 2012))
    above = find("Widget 12", index)
    assert (above.newer_than_facts, above.next_newer and above.next_newer.name) == (False, "2016")
    back = numbered(v3001=("3001.8", 2020), v3000=("3000.9", 2019), v2018_3=("2018.3.5", 2018))
    above = find("Widget 2019", back)
    assert (above.newer_than_facts, above.next_newer and above.next_newer.name) == (False, "3000")
    assert find("Widget 3002", back).newer_than_facts


@pytest.mark.parametrize(
    ("latest", "newest"),
    [("", "4.4"), ("4.0.3", "4.4"), ("4.6.1", "4")],
    ids=["no release of its own", "a first release", "releases of its own"],
)
def test_the_newest_of_a_cycle_and_those_inside_it(latest: str, newest: str) -> None:
    """Solaris 11 is older than 11.4, but Log4j 2 has newer releases than 2.12."""
    index = numbered(v4_4=("4.4.9", 2024), v4_2=("4.2.1", 2023), v4=(latest, 2022))
    assert find("Widget 4.x || 3.x", index).candidates[0].name == newest
    assert find("Widget ^4.0", index).candidates[0].name == newest


def test_a_service_without_data_is_not_judged_by_its_engine(catalogue: ProductCatalogue) -> None:
    assert decision(judge("PostgreSQL 13 (RDS)", catalogue)) == "unknown 38 NO_MATCH"


def test_a_suggestion_keeps_the_range(catalogue: ProductCatalogue) -> None:
    assert catalogue.find("djano ^4.2").suggestions == ("Django ^4.2",)
    assert catalogue.find("Djagno >=3.2,<4").suggestions == ("Django >=3.2,<4",)


@pytest.mark.parametrize("text", ["Django 99", "Python >=4", "Python 3.99", "SQL Server 2099", "Node.js ^99"])
def test_newer_than_the_data(catalogue: ProductCatalogue, text: str) -> None:
    reason = judge(text, catalogue).reasons[0]
    assert reason.code == "RELEASE_UNKNOWN"
    assert "is newer than our lifecycle data from 2026-08-22" in reason.text

"""Texts with several meanings: editions of Windows, and builds of Java."""

from dataclasses import replace
from datetime import date

import pytest

from techs.lifecycles.starter import read_starter
from techs.rules.levels import Impact
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.priority import Assessment, assess
from techs.rules.products import Facts, ProductFacts, ReleaseCycle

TODAY = date(2026, 11, 22)

WINDOWS = {
    "11-25h2-e": ("11 25H2 (E)", "2025-09-30", "2028-10-10"),
    "11-25h2-w": ("11 25H2 (W)", "2025-09-30", "2027-10-12"),
    "11-24h2-iot-lts": ("11 24H2 IoT (LTS)", "2024-10-01", "2034-10-10"),
    "11-24h2-e-lts": ("11 24H2 (E) (LTS)", "2024-10-01", "2029-10-09"),
    "11-24h2-e": ("11 24H2 (E)", "2024-10-01", "2027-10-12"),
    "11-24h2-w": ("11 24H2 (W)", "2024-10-01", "2026-10-13"),
    "10-22h2": ("10 22H2", "2022-10-18", "2025-10-14"),
    "10-21h2-iot-lts": ("10 21H2 IoT (LTS)", "2021-11-16", "2032-01-13"),
    "10-21h2-e-lts": ("10 21H2 (E) (LTS)", "2021-11-16", "2027-01-12"),
    "10-21h2-e": ("10 21H2 (E)", "2021-11-16", "2024-06-11"),
    "10-21h2-w": ("10 21H2 (W)", "2021-11-16", "2023-06-13"),
    "10-1507-e-lts": ("10 1507 (E) (LTS)", "2015-07-29", "2025-10-14"),
    "10-1507": ("10 1507", "2015-07-29", "2017-05-09"),
}
JAVA = {
    "eclipse-temurin": (
        "Eclipse Temurin",
        {
            "21": ("", "2023-10-10", "2029-12-31"),
            "17": ("", "2021-09-22", "2027-10-31"),
            "8": ("", "2014-03-18", "2030-12-31"),
        },
    ),
    "oracle-jdk": (
        "Oracle JDK",
        {
            "21": ("", "2023-09-19", "2028-09-30"),
            "17": ("", "2021-09-14", "2026-09-30"),
            "9": ("", "2017-09-21", "2018-03-20"),
            "8": ("", "2014-03-18", "2030-12-31"),
        },
    ),
}


def product(slug: str, title: str, cycles: dict[str, tuple[str, str, str]]) -> ProductFacts:
    lines = tuple(
        ReleaseCycle(name, date.fromisoformat(released), date.fromisoformat(end), label, is_lts="lts" in name)
        for name, (label, released, end) in cycles.items()
    )
    return ProductFacts(slug, title, f"https://endoflife.date/{slug}", TODAY, lines)


@pytest.fixture(scope="module")
def index() -> NameIndex:
    products = [product("windows", "Microsoft Windows", WINDOWS)]
    products += [product(slug, title, cycles) for slug, (title, cycles) in JAVA.items()]
    return NameIndex.build(Facts("test", TODAY, {each.slug: each for each in products}))


def judge(text: str, index: NameIndex) -> Assessment:
    return assess(find(text, index), today=TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Windows 11 24H2 Pro", "high 11-24h2-w"),
        ("Windows 11 Home 24H2", "high 11-24h2-w"),
        ("Windows 11 Pro Education 24H2", "high 11-24h2-w"),
        ("Windows 11 24H2 Enterprise", "medium 11-24h2-e"),
        ("Windows 11 Education 24H2", "medium 11-24h2-e"),
        ("Windows 11 24H2 IoT", "low 11-24h2-iot-lts"),
        ("Windows 11 24H2 (E) (LTS)", "low 11-24h2-e-lts"),
        ("Windows 10 Enterprise 22H2", "critical 10-22h2"),
        ("Windows 10 Enterprise LTSC 2021", "high 10-21h2-e-lts"),
        ("Windows 10 21H2 LTSC", "high 10-21h2-e-lts"),
        ("Windows 10 IoT Enterprise LTSC 2021", "low 10-21h2-iot-lts"),
        ("Windows 11 IoT Enterprise 24H2", "low 11-24h2-iot-lts"),
        ("Windows 11 Enterprise LTSC", "low 11-24h2-e-lts"),
        ("Windows 10 1507", "critical 10-1507"),
        ("Windows 10 Enterprise 2015 LTSB", "critical 10-1507-e-lts"),
        # Both lines are possible, and the worst of them counts.
        ("Windows 11 24H2", "high None"),
        ("Windows 10 21H2", "critical None"),
        # No release: long-term editions do not stand in for the usual ones.
        ("Windows 10", "critical None"),
        ("Windows 10 Pro", "critical None"),
    ],
)
def test_editions_of_windows(index: NameIndex, text: str, expected: str) -> None:
    result = judge(text, index)
    assert f"{result.level} {result.release}" == expected


def test_the_reason_names_every_meaning(index: NameIndex) -> None:
    result = judge("Windows 11 24H2", index)
    first, second, *_ = result.reasons
    assert (first.code, second.code) == ("SEVERAL_MEANINGS", "EOL_JUST_PAST")
    assert first.text == (
        "This can mean Microsoft Windows 11 24H2 (E) or Microsoft Windows 11 24H2 (W). "
        "The worst counts: Microsoft Windows 11 24H2 (W)."
    )
    assert (result.product, result.end_of_life) == ("windows", date(2026, 10, 13))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Java 21", "low SEVERAL_MEANINGS"),
        ("Java 8", "low SEVERAL_MEANINGS"),
        ("java 1.8.0_292", "low SEVERAL_MEANINGS"),
        # Support has ended for one build, and continues for the other.
        ("Java 17", "unknown AMBIGUOUS_NAME"),
        ("jdk-17", "unknown AMBIGUOUS_NAME"),
        ("Java >=17", "unknown AMBIGUOUS_NAME"),
        ("Java 11+", "unknown AMBIGUOUS_NAME"),
        # One build has it, and it has ended; or none has it.
        ("Java 9", "critical EOL_PAST"),
        ("Java 13", "critical NO_BUILD"),
        ("Java 5", "critical NO_BUILD"),
        ("Java", "unknown AMBIGUOUS_NAME"),
        ("Java 99", "unknown AMBIGUOUS_NAME"),
    ],
)
def test_builds_of_java(index: NameIndex, text: str, expected: str) -> None:
    result = judge(text, index)
    assert f"{result.level} {result.reasons[0].code}" == expected
    assert (result.product, result.release, result.upgrade_to) == (None, None, None)


def test_builds_that_differ(index: NameIndex) -> None:
    assert judge("Java 17", index).reasons[0].text == (
        "This can mean Eclipse Temurin 17 (medium) or Oracle JDK 17 (high). Enter the one you use."
    )
    assert find("Java 17", index).suggestions == ("Eclipse Temurin 17", "Oracle JDK 17")


@pytest.mark.parametrize("impact", Impact)
def test_impact_does_not_move_builds_that_differ(index: NameIndex, impact: Impact) -> None:
    assert assess(find("Java 17", index), today=TODAY, impact=impact).score == 36


YEARLY = {
    "18.9": ("2026 - 18.9", "2026-08-11", "2027-08-11"),
    "17.14": ("2022 - 17.14 (LTSC)", "2025-05-13", "2032-01-13"),
    "17.13": ("2022 - 17.13", "2025-02-11", "2025-05-13"),
    "17.0": ("2022 - 17.0 (LTSC)", "2021-11-08", "2023-07-11"),
    "15.9": ("2017 - 15.9", "2018-11-13", "2026-04-13"),
    "15.8": ("2017 - 15.8", "2018-08-14", "2018-11-13"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Visual Studio 2022", "medium VERSION_MISSING"),
        ("Visual Studio 2026", "low SUPPORTED"),
        ("Visual Studio 2017", "critical ALL_EOL"),
        ("Visual Studio 2022 17.13", "critical EOL_PAST"),
        ("Visual Studio 17.14", "low BEHIND"),
    ],
)
def test_a_name_of_several_releases_is_a_partial_version(text: str, expected: str) -> None:
    """Each year of Visual Studio has releases of its own. They are no editions, so the worst does not count."""
    studio = product("visual-studio", "Microsoft Visual Studio", YEARLY)
    cycles = tuple(replace(cycle, codename=cycle.label.partition(" ")[0]) for cycle in studio.cycles)
    index = NameIndex.build(Facts("test", TODAY, {studio.slug: replace(studio, cycles=cycles)}))
    result = judge(text, index)
    assert f"{result.level} {result.reasons[0].code}" == expected


def test_a_version_that_no_build_has() -> None:
    index = NameIndex.build(read_starter())
    reason = judge("Java 9", index).reasons[0]
    assert (reason.code, reason.text) == (
        "NO_BUILD",
        "We know no supported release 9 of Eclipse Temurin or Oracle JDK.",
    )

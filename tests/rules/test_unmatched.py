"""Texts that name no single product: typos, other things, vendors, and names that several products share."""

import pytest

from techs.lifecycles.starter import read_starter
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.products import Outcome
from tests.support.matching import found


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(read_starter())


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        # Typos are suggested, never accepted, and keep their version.
        ("djano", ("Django",)),
        ("djano 3.2", ("Django 3.2",)),
        ("djano3.2", ("Django 3.2",)),
        ("kuberntes v1.33", ("Kubernetes 1.33",)),
        ("spring booot 2.7", ("Spring Boot 2.7", "Spring Framework")),
        # A name with other words beside it is another technology.
        ("Django admin panel", ("Django",)),
        ("python dateutil", ("Python",)),
        ("python-dateutil 2.8", ("Python",)),
        ("react native", ("React",)),
        ("spring cloud 2023.0", ("Spring Framework",)),
        ("go fish", ("Go",)),
        ("go2rtc", ("Go",)),
        ("node exporter 1.5", ("Node.js",)),
        ("CentOS Stream 9", ("CentOS",)),
        ("Docker Desktop 4", ("Docker Engine",)),
        ("Django <script>", ("Django",)),
        # The version after the name is kept if the product has it.
        ("Django 3.2 admin panel", ("Django 3.2",)),
        ("our old Node.js v18 services", ("Node.js 18",)),
        ("Django 99 admin panel", ("Django",)),
        ("our billing service still runs on Node 18", ("Node.js 18",)),
        ("the shop of the web team needs Django", ()),
        ("djano 3.2 and more", ("Django 3.2",)),
        ("redhat enterprise linux 8 on site", ("Red Hat Enterprise Linux 8",)),
        # So is the version after a name shared by several products.
        ("openjdk-17-jre-headless", ("Eclipse Temurin 17",)),
        ("OpenJDK 11.0.2+9", ("Eclipse Temurin 11.0.2",)),
        ("Java 8 on the old server", ("Eclipse Temurin 8", "Oracle JDK 8")),
        ("java beans", ()),
        ("C# 12 services", ()),
        # Not in the lifecycle data, or not a name at all.
        ("Flask", ()),
        ("C++ 17", ()),
        ("F#", ()),
        ("AWS S3", ()),
        ("aws 2 lambdas", ()),
        ("javascript", ()),
        ("v1.33.2", ()),
        ("12", ()),
        ("", ()),
        ("  \u200b ", ()),
        ("🚀", ()),
        # Codenames shared with other products.
        ("xenial", ()),
        ("noble", ()),
        ("jazzy", ()),
        ("groovy", ()),
    ],
)
def test_what_is_not_accepted(index: NameIndex, text: str, instead: tuple[str, ...]) -> None:
    match = find(text, index)

    assert match.outcome is Outcome.NO_MATCH
    assert found(match) == ("", "")
    assert match.suggestions == instead


@pytest.mark.parametrize(
    "text", ["aws", "AWS", "Amazon Web Services", "Azure", "microsoft azure", "GCP", "Google Cloud"]
)
def test_vendors(index: NameIndex, text: str) -> None:
    assert find(text, index).outcome is Outcome.VENDOR


def test_a_vendor_suggests_services_that_the_facts_hold(index: NameIndex) -> None:
    assert find("aws", index).suggestions == ("AWS Lambda", "Amazon EKS")


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("java", ("Eclipse Temurin", "Oracle JDK")),
        # The version is kept in the form in which it was typed.
        ("Java 17", ("Eclipse Temurin 17", "Oracle JDK 17")),
        ("JAVA SE 8", ("Eclipse Temurin 8", "Oracle JDK 8")),
        ("java 1.8.0_292", ("Eclipse Temurin 1.8.0_292", "Oracle JDK 1.8.0_292")),
        ("jdk17", ("Eclipse Temurin 17", "Oracle JDK 17")),
        ("jre-8u292", ("Eclipse Temurin 8u292", "Oracle JDK 8u292")),
        ("openjdk 8", ("Eclipse Temurin 8",)),
        ("openjdk:17-jdk-slim", ("Eclipse Temurin 17",)),
        # C# has other version numbers than the .NET that includes it.
        ("C#", ("Microsoft .NET", "Microsoft .NET Framework")),
        ("c# 12", ("Microsoft .NET", "Microsoft .NET Framework")),
    ],
)
def test_ambiguous_names(index: NameIndex, text: str, instead: tuple[str, ...]) -> None:
    match = find(text, index)

    assert (match.outcome, match.product, match.suggestions) == (Outcome.AMBIGUOUS, None, instead)

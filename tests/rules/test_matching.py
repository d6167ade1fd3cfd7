"""Matching free text with products and release cycles of the starter table, in the forms that people use."""

from datetime import date

import pytest

from techs.lifecycles.starter import read_starter
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.products import Facts, Match, Outcome, ProductFacts, ReleaseCycle
from techs.rules.text import MAX_TEXT, name_key, normalise


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(read_starter())


def product(slug: str, *lines: str, title: str = "", aliases: tuple[str, ...] = (), codename: str = "") -> ProductFacts:
    return ProductFacts(
        slug=slug,
        title=title or slug.title(),
        url=f"https://endoflife.date/{slug}",
        facts_as_of=date(2026, 8, 22),
        cycles=tuple(ReleaseCycle(name=name, released=None, eol=False, codename=codename) for name in lines),
        aliases=aliases,
    )


def index_of(*products: ProductFacts) -> NameIndex:
    return NameIndex.build(
        Facts(version="test", as_of=date(2026, 8, 22), products={each.slug: each for each in products})
    )


def found(match: Match) -> tuple[str, str]:
    """Return slug and release cycle of a match, "" for parts that it leaves open."""
    return (match.product.slug if match.product else "", match.cycle.name if match.cycle else "")


def test_it_finds_product_line_and_version(index: NameIndex) -> None:
    match = find("Django 3.2.18", index)

    assert match.outcome is Outcome.MATCHED
    assert found(match) == ("django", "3.2")
    assert match.version == "3.2.18"
    assert match.candidates == ()
    assert match.suggestions == ()
    assert not match.newer_than_facts


@pytest.mark.parametrize(
    ("text", "slug", "line", "version"),
    [
        # As package managers, containers and shells write it.
        ("Django==3.2.18", "django", "3.2", "3.2.18"),
        ("Django == 3.2.*", "django", "3.2", "3.2"),
        ("django[argon2]==3.2", "django", "3.2", "3.2"),
        ("@angular/core@14.2.0", "angular", "14", "14.2.0"),
        ("node:20-alpine", "nodejs", "20", "20"),
        ("node:18.20-bullseye-slim", "nodejs", "18", "18.20"),
        ("python:3.11-slim-bookworm", "python", "3.11", "3.11"),
        ("postgres:14.5-alpine3.17", "postgresql", "14", "14.5"),
        ("eclipse-temurin:17-jre-alpine", "eclipse-temurin", "17", "17"),
        ("tomcat:9.0-jdk17", "tomcat", "9.0", "9.0"),
        ("rabbitmq:3.12-management", "rabbitmq", "3.12", "3.12"),
        ("debian:bookworm-slim", "debian", "12", "bookworm"),
        ("postgres@14", "postgresql", "14", "14"),
        ("go1.25", "go", "1.25", "1.25"),
        ("python3.8", "python", "3.8", "3.8"),
        ("node22", "nodejs", "22", "22"),
        ("Node20.11.1", "nodejs", "20", "20.11.1"),
        ("php-8.2", "php", "8.2", "8.2"),
        ("apache-tomcat-9.0.65", "tomcat", "9.0", "9.0.65"),
        ("windows-server-2019", "windows-server", "2019", "2019"),
        ("windows server-2019", "windows-server", "2019", "2019"),
        ("k8s v1.33.2", "kubernetes", "1.33", "1.33.2"),
        ("Kubernetes v1.24.6-eks-4360b32", "kubernetes", "1.24", "1.24.6"),
        ("MySQL 5.7.44-log", "mysql", "5.7", "5.7.44"),
        ("MySQL 8.0.35-0ubuntu0.22.04.1", "mysql", "8.0", "8.0.35"),
        ("PostgreSQL 14.5 (Debian 14.5-1.pgdg110+1)", "postgresql", "14", "14.5"),
        ("Apache 2.4.57 (Ubuntu)", "apache-http-server", "2.4", "2.4.57"),
        ("OpenSSL 1.1.1w", "openssl", "1.1.1", "1.1.1w"),
        ("Spring Boot 2.7.18.RELEASE", "spring-boot", "2.7", "2.7.18"),
        ("Python 3.13rc1", "python", "3.13", "3.13rc1"),
        ("Temurin 8u292", "eclipse-temurin", "8", "8u292"),
        ("Oracle JDK 1.8.0_292", "oracle-jdk", "8", "8"),
        # Names.
        ("Ubuntu 20.04 LTS", "ubuntu", "20.04", "20.04"),
        ("Ubuntu 22.04.3 LTS", "ubuntu", "22.04", "22.04.3"),
        ("Ubuntu Server 22.04", "ubuntu", "22.04", "22.04"),
        ("Debian GNU/Linux 12 (bookworm)", "debian", "12", "12"),
        ("Red Hat Enterprise Linux 9", "rhel", "9", "9"),
        ("RHEL 8.6", "rhel", "8", "8.6"),
        ("CentOS Linux 7", "centos", "7", "7"),
        ("Alpine 3.17", "alpine-linux", "3.17", "3.17"),
        ("Windows Server 2012 R2", "windows-server", "2012-r2", "2012 R2"),
        ("Windows Server 2019 Standard", "windows-server", "2019", "2019"),
        (".NET Core 3.1", "dotnet", "3.1", "3.1"),
        (".NET 8", "dotnet", "8", "8"),
        (".NET 6.0", "dotnet", "6", "6.0"),
        ("ASP.NET Core 8", "dotnet", "8", "8"),
        (".NET Framework 4.8", "dotnetfx", "4.8", "4.8"),
        (".NET Framework 3.5", "dotnetfx", "3.5-sp1", "3.5"),
        ("Amazon EKS 1.24", "amazon-eks", "1.24", "1.24"),
        ("AWS EKS 1.34", "amazon-eks", "1.34", "1.34"),
        ("AWS Lambda python3.9", "aws-lambda", "python3.9", "python3.9"),
        ("AWS Lambda (Python 3.9)", "aws-lambda", "python3.9", "python3.9"),
        ("Temurin 17", "eclipse-temurin", "17", "17"),
        ("Oracle JDK 17", "oracle-jdk", "17", "17"),
        ("Spring Boot 2.7", "spring-boot", "2.7", "2.7"),
        ("Spring 5.3", "spring-framework", "5.3", "5.3"),
        ("log4j 1.2", "log4j", "1", "1.2"),
        ("log4j 2.17.1", "log4j", "2", "2.17.1"),
        ("log4j2", "log4j", "2", "2"),
        ("log4j2 2.17.1", "log4j", "2", "2.17.1"),
        ("vue2 2.7.14", "vue", "2.7", "2.7.14"),
        ("Vue.js 3.5.13", "vue", "3.5", "3.5.13"),
        ("Angular 14.2.0", "angular", "14", "14.2.0"),
        ("angular.js 1.8", "angularjs", "1.8", "1.8"),
        ("Elastic 7.17", "elasticsearch", "7", "7.17"),
        ("kafka 3.6.1", "apache-kafka", "3.6", "3.6.1"),
        ("Tomcat 9.0.65", "tomcat", "9.0", "9.0.65"),
        ("Ruby on Rails 6.1", "rails", "6.1", "6.1"),
        ("express.js 4.18", "express", "4", "4.18"),
        ("React JS 18", "react", "18", "18"),
        ("jQuery 3.6.0", "jquery", "3", "3.6.0"),
        ("nodejs 3", "nodejs", "3", "3"),
        ("Node.js (v20)", "nodejs", "20", "20"),
        ("SQLite 3.45.1", "sqlite", "3", "3.45.1"),
        ("sqlite3", "sqlite", "3", "3"),
        ("docker 25.0.3", "docker-engine", "25.0", "25.0.3"),
        ("gitlab-ee 16.11.2", "gitlab", "16.11", "16.11.2"),
        ("Jenkins 2.555.3", "jenkins", "2.555", "2.555.3"),
        ("Jenkins 2.560", "jenkins", "2", "2.560"),
        (".NET 4.8", "dotnetfx", "4.8", "4.8"),
        ("legacy Django 3.2", "django", "3.2", "3.2"),
        ("Postgres 14, primary", "postgresql", "14", "14"),
        # SQL Server: labels, and the newest service pack of a label.
        ("SQL Server 2016", "mssqlserver", "13.0-sp3", "2016"),
        ("SQL Server 2016 SP3", "mssqlserver", "13.0-sp3", "2016 SP3"),
        ("SQL Server 2019 CU15", "mssqlserver", "15.0", "2019 CU15"),
        ("Microsoft SQL Server 2022 Standard Edition", "mssqlserver", "16.0", "2022"),
        # Codenames.
        ("Debian buster", "debian", "10", "buster"),
        ("Ubuntu Noble Numbat", "ubuntu", "24.04", "Noble Numbat"),
        ("Ubuntu 22.04 jammy", "ubuntu", "22.04", "22.04"),
        ("jammy", "ubuntu", "22.04", "jammy"),
        ("buster", "debian", "10", "buster"),
        # Spelling, white space, other alphabets.
        ("  dJaNgO\t 3.2  ", "django", "3.2", "3.2"),
        ("Django\u200b3.2", "django", "3.2", "3.2"),
        ("Ｄｊａｎｇｏ　３.２", "django", "3.2", "3.2"),
    ],
)
def test_forms_that_name_one_line(index: NameIndex, text: str, slug: str, line: str, version: str) -> None:
    match = find(text, index)

    assert match.outcome is Outcome.MATCHED
    assert (*found(match), match.version) == (slug, line, version)


@pytest.mark.parametrize(
    ("text", "slug", "names"),
    [
        ("node.js", "nodejs", ["26", "25", "24", "22", "20", "18", "16", "3"]),
        ("Node JS LTS", "nodejs", ["26", "25", "24", "22", "20", "18", "16", "3"]),
        ("AngularJS", "angularjs", [f"1.{minor}" for minor in range(8, -1, -1)]),
        ("elastic", "elasticsearch", ["9.5", "9.4", "9.3", "8.19", "7"]),
        ("python 3", "python", ["3.14", "3.13", "3.12", "3.11", "3.10", "3.9", "3.8"]),
        ("Python 3.x", "python", ["3.14", "3.13", "3.12", "3.11", "3.10", "3.9", "3.8"]),
        ("vue2", "vue", ["2.7"]),
        ("Tomcat 9", "tomcat", ["9.0"]),
        (".NET Core", "dotnet", ["3.1"]),
        ("AWS Lambda python", "aws-lambda", ["python3.14", "python3.9"]),
        # A range is not a version.
        ("django~=3.2.1", "django", ["3.2"]),
        ("react@^18.2.0", "react", ["18"]),
        ("rails ~> 7.2.1", "rails", ["7.2"]),
        ("django>=3.2,<4", "django", ["3.2"]),
        ("Django>=4", "django", ["6.1", "6.0", "5.2", "5.1", "4.2"]),
        ("Django!=5.1, <= 5.2.3", "django", ["5.2", "5.1", "4.2", "3.2"]),
        ("Python 3.12+", "python", ["3.14", "3.13", "3.12"]),
        ("Python 3.12 or newer", "python", ["3.14", "3.13", "3.12"]),
    ],
)
def test_no_or_a_partial_version_leaves_candidates_newest_first(
    index: NameIndex, text: str, slug: str, names: list[str]
) -> None:
    match = find(text, index)

    assert match.outcome is Outcome.CANDIDATES
    assert found(match) == (slug, "")
    assert [line.name for line in match.candidates] == names


def test_candidates_come_by_date_not_in_the_order_of_the_facts(index: NameIndex) -> None:
    assert [line.name for line in find("Redis", index).candidates] == ["8.10", "8.0", "7.0", "6.2"]


@pytest.mark.parametrize(
    ("text", "slug", "version", "is_newer"),
    [
        ("Django 99", "django", "99", True),
        ("Python 3.99", "python", "3.99", True),
        ("Python 3.1", "python", "3.1", False),
        ("Django 3.0", "django", "3.0", False),
        ("go1.22", "go", "1.22", False),
        ("go 1.2", "go", "1.2", False),
        ("Windows Server 2028", "windows-server", "2028", True),
        ("Windows Server 2019 R2", "windows-server", "2019 R2", False),
        ("SQL Server 2028", "mssqlserver", "2028", True),
        ("SQL Server 2018", "mssqlserver", "2018", False),
        ("SQL Server 2016 SP9", "mssqlserver", "2016 SP9", False),
        ("SQL Server 2016 (SP9)", "mssqlserver", "2016 SP9", False),
        ("AWS Lambda python4.0", "aws-lambda", "python4.0", True),
        ("Jenkins 2.541.3", "jenkins", "2.541.3", False),
        ("Debian 12 (buster)", "debian", "12", False),
        ("Python 3.8, 3.9", "python", "3.8, 3.9", False),
        ("Python >=4", "python", ">=4", True),
    ],
)
def test_a_version_that_fits_no_line(index: NameIndex, text: str, slug: str, version: str, *, is_newer: bool) -> None:
    match = find(text, index)

    assert match.outcome is Outcome.RELEASE_UNKNOWN
    assert (found(match), match.version, match.newer_than_facts) == ((slug, ""), version, is_newer)


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
        ("Python 3.8 and Flask 3", ("Python 3.8",)),
        ("Django <script>", ("Django",)),
        # The version after the name is kept if the product has it.
        ("Django 3.2 admin panel", ("Django 3.2",)),
        ("our old Node.js v18 services", ("Node.js 18",)),
        ("Django 99 admin panel", ("Django",)),
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


class TestNameTable:
    """The two passes, with any set of products."""

    def test_a_short_title_does_not_take_another_products_name(self) -> None:
        index = index_of(
            product("amazon-linux", "2", title="Amazon Linux"), product("linux", "6.1", title="Linux Kernel")
        )
        assert found(find("linux 6.1", index)) == ("linux", "6.1")

    def test_a_short_title_of_two_products_means_neither(self) -> None:
        index = index_of(product("a-thing", "1", title="IBM Thing"), product("b-thing", "1", title="Oracle Thing"))
        assert find("thing 1", index).outcome is Outcome.NO_MATCH
        assert found(find("ibm thing 1", index)) == ("a-thing", "1")

    def test_a_short_title_that_says_too_little_is_not_accepted(self) -> None:
        index = index_of(product("oracle-database", "19", title="Oracle Database"))
        assert find("database 19", index).outcome is Outcome.NO_MATCH
        assert found(find("Oracle Database 19", index)) == ("oracle-database", "19")

    def test_facts_come_before_curated_names(self) -> None:
        index = index_of(product("docker", "1"), product("docker-engine", "25.0"))
        assert found(find("docker 1", index)) == ("docker", "1")

    def test_facts_come_before_ambiguous_names(self) -> None:
        assert found(find("java 17", index_of(product("java", "17")))) == ("java", "17")

    def test_an_alias_of_two_products_means_neither(self) -> None:
        index = index_of(product("one", "1", aliases=("both",)), product("two", "1", aliases=("both",)))
        assert find("both 1", index).outcome is Outcome.NO_MATCH

    def test_the_longest_name_wins(self) -> None:
        index = index_of(product("ros", "noetic"), product("ros-2", "humble", title="ROS 2"))
        assert found(find("ROS 2 humble", index)) == ("ros-2", "humble")
        assert found(find("ROS noetic", index)) == ("ros", "noetic")

    def test_no_products_know_nothing(self) -> None:
        assert find("Django 3.2", index_of()) == Match(Outcome.NO_MATCH)


class TestLines:
    """Release cycles of products that are not in the starter table."""

    def test_build_numbers_do_not_tell_the_service_pack(self) -> None:
        index = index_of(product("server", "13.0", "13.0-sp1", "13.0-sp2"))
        assert len(find("server 13.0.5000", index).candidates) == 3
        assert found(find("server 13.0", index)) == ("server", "13.0")

    def test_a_suffix_that_tells_lines_apart_is_not_dropped(self) -> None:
        index = index_of(product("zerto", "10.0", "10.0_u1"))
        assert found(find("zerto 10.0 U1", index)) == ("zerto", "10.0_u1")
        assert find("zerto 10.0 U9", index).outcome is Outcome.RELEASE_UNKNOWN

    def test_models_with_letters_are_not_versions_with_suffixes(self) -> None:
        index = index_of(product("pixel", "10", "10a"))
        assert found(find("pixel 10a", index)) == ("pixel", "10a")
        assert find("pixel 10b", index).outcome is Outcome.RELEASE_UNKNOWN

    @pytest.mark.parametrize("text", ["PS5", "ps5 pro", ">Ps3t0<. t1.-.", "Ps7@07S(3"])
    def test_two_letters_glued_to_a_number_that_fits_no_line_are_something_else(self, text: str) -> None:
        index = index_of(product("powershell", "7.4", aliases=("ps",)))
        assert find(text, index).outcome is Outcome.NO_MATCH
        assert find("ps7.1", index).outcome is Outcome.RELEASE_UNKNOWN
        assert found(find("ps 7.4", index)) == ("powershell", "7.4")

    def test_a_codename_of_several_lines_leaves_them_open(self) -> None:
        index = index_of(product("cakephp", "5.0", "5.1", codename="Chiffon"))
        assert len(find("cakephp chiffon", index).candidates) == 2

    def test_a_codename_alone_needs_to_be_unique(self) -> None:
        ubuntu, nixos = product("ubuntu", "22.04", codename="Jammy"), product("nixos", "21.11", codename="Jammy")
        assert found(find("jammy", index_of(ubuntu))) == ("ubuntu", "22.04")
        assert find("jammy", index_of(ubuntu, nixos)).outcome is Outcome.NO_MATCH

    def test_service_packs_of_suse_are_minor_versions_in_the_facts(self) -> None:
        assert found(find("SLES 15 SP5", index_of(product("sles", "15.5", "15.4")))) == ("sles", "15.5")


def test_normalise_keeps_case_and_collapses_white_space() -> None:
    assert normalise(" \ufeffNode\u00a0\u2060 JS\n２０ ") == "Node JS 20"


def test_names_that_differ_in_case_space_and_width_are_one_technology() -> None:
    assert name_key("Django 3.2") == name_key(" ＤＪＡＮＧＯ\u200b  3.2")
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("Django 3.2") != name_key("Django 3.1")


def test_a_text_longer_than_any_name_is_not_searched(index: NameIndex) -> None:
    assert find("Django 3.2" + " " * 3_000, index).outcome is Outcome.MATCHED
    assert find("Django " + "9" * MAX_TEXT, index) == Match(Outcome.NO_MATCH)


def test_a_product_without_lines_leaves_nothing_to_choose_from() -> None:
    assert find("thing", index_of(product("thing"))).outcome is Outcome.RELEASE_UNKNOWN
    assert find("thing 1.0", index_of(product("thing"))).outcome is Outcome.RELEASE_UNKNOWN

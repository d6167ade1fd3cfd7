"""Matching free text with products and release cycles of the starter table, in the forms that people use."""

import pytest

from techs.lifecycles.starter import read_starter
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.products import Match, Outcome
from techs.rules.text import MAX_TEXT, name_key, normalise
from tests.support.matching import found


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(read_starter())


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


def test_normalise_keeps_case_and_collapses_white_space() -> None:
    assert normalise(" \ufeffNode\u00a0\u2060 JS\n２０ ") == "Node JS 20"


def test_names_that_differ_in_case_space_and_width_are_one_technology() -> None:
    assert name_key("Django 3.2") == name_key(" ＤＪＡＮＧＯ\u200b  3.2")
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("Django 3.2") != name_key("Django 3.1")


def test_a_text_longer_than_any_name_is_not_searched(index: NameIndex) -> None:
    assert find("Django 3.2" + " " * 3_000, index).outcome is Outcome.MATCHED
    assert find("Django " + "9" * MAX_TEXT, index) == Match(Outcome.NO_MATCH)

"""Dockerfiles: FROM lines with their stages, arguments and images."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import covered, entries, notes, reading, refusal, skipped

SHOP = """\
    # syntax=docker/dockerfile:1
    ARG PYTHON=3.11
    ARG REGISTRY

    FROM --platform=$BUILDPLATFORM node:20.5-alpine3.18 AS Web
    RUN npm ci && \\
        # a comment inside
        npm run build

    COPY <<EOF /etc/motd
    FROM ubuntu:14.04
    EOF
    FROM python:${PYTHON}-slim-bookworm
    COPY --from=web /app /app
    FROM web
    FROM scratch
    FROM ${REGISTRY}/tools:1
    """


def test_it_works() -> None:
    manifest = reading("Dockerfile", SHOP)
    assert (manifest.format, manifest.evidence) == (Format.DOCKERFILE, Evidence.NAME)
    assert entries(manifest) == [
        (5, "Node.js 20.5"),
        (5, "Alpine Linux 3.18"),
        (13, "Python 3.11"),
        (13, "Debian bookworm"),
    ]
    assert notes(manifest)["Debian bookworm"] == "operating system of the image"
    assert skipped(manifest) == [
        (2, "Not a FROM line."),
        (6, "Not a FROM line."),
        (14, "Not a FROM line."),
        (15, "Refers to the stage web on line 5."),
        (16, "scratch is an empty image."),
        (17, "The variable REGISTRY has no value in this file."),
    ]
    assert covered(manifest) >= {2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17}


def test_the_content_tells_it_too() -> None:
    manifest = reading("", SHOP)
    assert (manifest.format, manifest.evidence) == (Format.DOCKERFILE, Evidence.CONTENT)


@pytest.mark.parametrize(
    ("image", "texts"),
    [
        ("python:3.11", ["Python 3.11"]),
        ("docker.io/library/python:3.11.4-alpine", ["Python 3.11.4"]),
        ("public.ecr.aws/docker/library/ruby:3.2-bullseye", ["Ruby 3.2", "Debian bullseye"]),
        ("python:3.13.0rc1-slim", ["Python 3.13.0rc1"]),
        ("python:3.12-rc-slim-bookworm", ["Python 3.12", "Debian bookworm"]),
        ("golang:1.21.3-alpine3.18", ["Go 1.21.3", "Alpine Linux 3.18"]),
        ("postgres:15.4-bookworm", ["PostgreSQL 15.4", "Debian bookworm"]),
        ("eclipse-temurin:17-jre-jammy", ["Eclipse Temurin 17", "Ubuntu jammy"]),
        ("openjdk:8u292-jdk", ["OpenJDK 8u292"]),
        ("mcr.microsoft.com/dotnet/aspnet:6.0-jammy", [".NET 6.0", "Ubuntu jammy"]),
        ("mcr.microsoft.com/dotnet/framework/aspnet:4.8-windowsservercore-ltsc2019", [".NET Framework 4.8"]),
        ("mcr.microsoft.com/mssql/server:2019-CU18-ubuntu-20.04", ["Microsoft SQL Server 2019", "Ubuntu 20.04"]),
        ("docker.elastic.co/elasticsearch/elasticsearch:7.17.0", ["Elasticsearch 7.17.0"]),
        ("bitnami/postgresql:15.4.0-debian-11-r10", ["PostgreSQL 15.4.0", "Debian 11"]),
        ("ubuntu:22.04", ["Ubuntu 22.04"]),
        ("ubuntu:jammy-20240111", ["Ubuntu jammy"]),
        ("debian:bookworm-slim", ["Debian bookworm"]),
        ("debian:12-slim", ["Debian 12"]),
        ("gcr.io/distroless/python3-debian12:nonroot", ["Debian 12"]),
        ("registry.access.redhat.com/ubi8/ubi-minimal:8.6", ["Red Hat Enterprise Linux 8"]),
        ("redis:7.2@sha256:0123abc", ["Redis 7.2"]),
        ("redis", ["Redis"]),
        ("redis:alpine", ["Redis"]),
        ("redis@sha256:0123abc", ["Redis"]),
        ("node:lts-bookworm", ["Node.js", "Debian bookworm"]),
        ("localhost:5000/team/app:1.2.3-bookworm", ["localhost:5000/team/app 1.2.3", "Debian bookworm"]),
        ("localhost:5000/team/app", ["localhost:5000/team/app"]),
        ("example.org/team/python:3f2a9c1", ["example.org/team/python"]),
        ("quay.io/centos/centos:stream9", ["CentOS Stream 9"]),
        ("quay.io/centos/centos:7", ["CentOS 7"]),
        ("wordpress:cli-2.9-php8.1", ["WP-CLI 2.9", "PHP 8.1"]),
        ("hexpm/elixir:1.14.5-erlang-25.3.2-alpine-3.18.2", ["Elixir 1.14.5", "Erlang 25.3.2", "Alpine Linux 3.18.2"]),
        ("registry.access.redhat.com/ubi9/nodejs-18:1-80", ["Node.js 18", "Red Hat Enterprise Linux 9"]),
        ("registry.redhat.io/rhscl/postgresql-13-rhel7", ["PostgreSQL 13"]),
        ("registry.redhat.io/rhel8/mariadb-1011", ["MariaDB 10.11"]),
        ("quay.io/sclorg/python-39-c9s", ["Python 3.9"]),
        ("gcr.io/distroless/java17-debian12", ["Debian 12", "OpenJDK 17"]),
        ("gcr.io/distroless/nodejs20-debian11:nonroot", ["Node.js 20", "Debian 11"]),
        ("mcr.microsoft.com/devcontainers/python:1-3.11-bullseye", ["Python 3.11", "Debian bullseye"]),
        ("mcr.microsoft.com/devcontainers/python:3.11", ["Python 3.11"]),
        ("mcr.microsoft.com/devcontainers/go:1", ["Go"]),
        ("mcr.microsoft.com/vscode/devcontainers/javascript-node:0-18", ["Node.js 18"]),
        ("mcr.microsoft.com/windows/servercore:ltsc2019", ["Windows Server Core 2019"]),
        ("mcr.microsoft.com/windows/nanoserver:1809", ["Windows Nano Server 1809"]),
        ("microsoft/aspnetcore:2.0.5", [".NET 2.0.5"]),
        ("adoptopenjdk/openjdk11:jdk-11.0.11_9-alpine-slim", ["Eclipse Temurin 11.0.11"]),
        ("adoptopenjdk/openjdk8-openj9:latest", ["IBM Semeru Runtime"]),
        ("ibm-semeru-runtimes:open-17-jre", ["IBM Semeru Runtime 17"]),
        ("azul/zulu-openjdk-alpine:17.0.9-jre", ["Azul Zulu 17.0.9"]),
        ("pgvector/pgvector:pg16", ["pgvector/pgvector", "PostgreSQL 16"]),
        ("timescale/timescaledb:2.13.0-pg15", ["timescale/timescaledb 2.13.0", "PostgreSQL 15"]),
        ("example.org/jobs:1.2-python3.9", ["example.org/jobs 1.2", "Python 3.9"]),
        ("example.org/cluster:node-2", ["example.org/cluster"]),
        ("nvidia/cuda:11.8.0-runtime-ubuntu22.04", ["nvidia/cuda 11.8.0", "Ubuntu 22.04"]),
        ("bitnami/minideb:bookworm", ["bitnami/minideb", "Debian bookworm"]),
    ],
)
def test_images(image: str, texts: list[str]) -> None:
    assert [text for _, text in entries(reading("Dockerfile", f"FROM {image}\n"))] == texts


@pytest.mark.parametrize(
    ("image", "note"),
    [
        ("redis", "no tag"),
        ("redis:alpine", "the tag alpine contains no version"),
        ("redis@sha256:0123abc", "pinned by digest, version unknown"),
    ],
)
def test_a_missing_version_is_said(image: str, note: str) -> None:
    assert notes(reading("Dockerfile", f"FROM {image}\n")) == {"Redis": note}


@pytest.mark.parametrize(
    ("arguments", "image", "text"),
    [
        ("ARG V=3.11", "python:$V", "Python 3.11"),
        ('ARG V="3.11"', "python:${V}", "Python 3.11"),
        ("ARG V='3.11' W=1", "python:${V}", "Python 3.11"),
        ("ARG MAJOR=3\nARG V=${MAJOR}.11", "python:${V}", "Python 3.11"),
        ("ARG V", "python:${V:-3.11}", "Python 3.11"),
        ("ARG V=", "python:${V:-3.11}", "Python 3.11"),
        ("ARG V=3", "python${V:+:3.11}", "Python 3.11"),
    ],
)
def test_arguments(arguments: str, image: str, text: str) -> None:
    assert [found for _, found in entries(reading("Dockerfile", f"{arguments}\nFROM {image}\n"))] == [text]


def test_arguments_behind_the_first_from_say_nothing() -> None:
    manifest = reading("Dockerfile", "FROM scratch\nARG V=3.11\nFROM python:$V\n")
    assert not manifest.entries


def test_values_that_double_do_not_grow_for_ever() -> None:
    doubling = "ARG A0=xxxxxxxxxx\n" + "".join(f"ARG A{n + 1}=$A{n}$A{n}\n" for n in range(60))
    manifest = reading("Dockerfile", f"{doubling}FROM $A60\n")
    assert not manifest.entries


def test_a_backtick_may_join_lines() -> None:
    manifest = reading("Dockerfile", "# escape=`\nFROM `\n  python:3.11\nRUN dir C:\\\nFROM node:20\n")
    assert entries(manifest) == [(2, "Python 3.11"), (5, "Node.js 20")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM python:3.11\nRUNN make\n", 2),
        ("FROM\n", 1),
        ("# nothing\nRUN make\n", None),
        ("FROM python:3.11\nRUN <<EOF\nmake\n", 2),
    ],
)
def test_a_broken_file_is_named_by_its_line(text: str, line: int | None) -> None:
    assert refusal("Dockerfile", text).line == line


@pytest.mark.parametrize("image", ["ubi9:9.3", "ubi9-minimal", "ubi9/ubi-minimal:latest"])
def test_universal_base_images(image: str) -> None:
    manifest = reading("Dockerfile", f"FROM registry.access.redhat.com/{image}\n")
    assert entries(manifest) == [(1, "Red Hat Enterprise Linux 9")]

"""Refusals of unsupported files name an alternative, and similar content is not misdetected."""

import pytest

from techs.imports.manifests import Evidence, Format, names
from tests.support.manifests import entries, reading, refusal, skipped


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bun.lockb", "Import bun.lock or package.json"),
        ("Podfile.lock", "lock file is not supported. Import a bill of materials"),
        ("packages.lock.json", "lock file is not supported. Import a bill of materials"),
        ("setup.py", "This format is not supported"),
        ("C:\\work\\Setup.cfg", "This format is not supported"),
        ("stack.xlsx", "Save the sheet as CSV"),
        ("stack.pdf", "Paste the lines"),
        ("stack.tar.gz", "Import an unpacked file"),
    ],
)
def test_what_to_give_instead(name: str, words: str) -> None:
    """Regardless of the content: empty, or bytes that are not text."""
    for content in (b"", b"PK\x03\x04\x00", b"\xff\xfex", b"3.2\n"):
        assert words in str(refusal(name, content))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tox.ini", "[tox]\nenvlist = py38, py39\n[testenv]\ndeps =\n  django==3.2\n"),
        (".env", "POSTGRES_VERSION=14\nNODE_VERSION=18\n"),
        ("main.go", 'package main\n\nimport "fmt"\n'),
        ("notes.rst", "Django 3.2\n"),
        ("LICENSE", "Permission is hereby granted, free of charge\nto any person\n"),
        ("Jenkinsfile2", "pipeline {\n  agent any\n}\n"),
        ("tsconfig.json", '{"compilerOptions": {"target": "es2017"}}'),
        ("settings.toml", "debug = true\n"),
        ("mkdocs.yml", "site_name: Shop\n"),
        ("data.xml", "<data><item>Django 3.2</item></data>"),
        ("build.xml", '<project name="a" default="b">\n<target name="b"/></project>'),
        ("bitbucket-pipelines.yml", "image: node:14\npipelines:\n  default:\n  - step:\n      script: [a]\n"),
        (".woodpecker.yml", "steps:\n  build:\n    image: golang:1.20\n"),
        ("templates/_helpers.tpl", '{{- define "a" -}}\n'),
    ],
)
def test_a_file_of_an_unknown_kind_is_refused_with_the_kinds_that_are_read(name: str, text: str) -> None:
    message = str(refusal(name, text))
    for known in ("package-lock.json", "GitHub Actions", "CycloneDX", "plain lines"):
        assert known in message


@pytest.mark.parametrize("name", ["versions", "host/inventory", "STACK"])
def test_a_name_without_suffix_may_hold_plain_lines(name: str) -> None:
    text = "# ours\nDjango 3.2\nNode.js 20\nPostgres\nnginx: 1.24.0 (stable)\n"
    assert reading(name, text).format is Format.LINES


@pytest.mark.parametrize(
    "text",
    ["from setuptools import setup\nsetup()\n", "from zero to hero\n", "From our wiki: 3 things\nDjango 3.2\n"],
)
def test_no_dockerfile(text: str) -> None:
    assert reading("", text).format is Format.LINES


@pytest.mark.parametrize(
    "line",
    ["FROM python:3.11", "from python:3.11 as base", "FROM --platform=linux/amd64 --x=y python:3.11 AS base"],
)
def test_a_dockerfile_without_its_name(line: str) -> None:
    assert reading("", f"# ours\nARG X=1\n{line}\nRUN make\n").format is Format.DOCKERFILE


@pytest.mark.parametrize("text", ["django>=4.2,<5\ncelery[redis]\npsycopg2\n", "numpy ~= 1.26\n", "a!=1\nb\n"])
def test_requirements_without_a_pin(text: str) -> None:
    manifest = reading("", text)
    assert (manifest.format, manifest.evidence) == (Format.REQUIREMENTS, Evidence.CONTENT)


@pytest.mark.parametrize("text", ["React <19\nDjango 3.2\n", "Django >= 3.2\nNode.js 20\n", "React <19\n"])
def test_no_requirements(text: str) -> None:
    assert reading("", text).format is Format.LINES


def test_a_table_of_markdown() -> None:
    manifest = reading("", "| Technology | Version |\n|---|---|\n| Django | 3.2 |\n| Node.js | 20 |\n")
    assert entries(manifest) == [(3, "Django 3.2"), (4, "Node.js 20")]
    assert skipped(manifest) == [
        (1, "Header row. Columns: Technology (name)."),
        (2, "This has no letter or digit."),
    ]


def test_numbers_and_boxes_before_lines() -> None:
    manifest = reading("", "1. Django 3.2\n2) Node.js 20\n- [x] Redis 7\n[ ] Go 1.21\n7-Zip 24\n3.2\n")
    texts = [text for _, text in entries(manifest)]
    assert texts == ["Django 3.2", "Node.js 20", "Redis 7", "Go 1.21", "7-Zip 24", "3.2"]


def test_of_a_long_name_the_end_is_looked_at() -> None:
    """Quadratic work on the name would take minutes; no file system has such names."""
    assert len(names.base_of("requirements." * 20_000)) == 255
    assert "not supported" in str(refusal("requirements." * 20_000, "Django 3.2\n"))
    assert reading("x" * 20_000 + "-requirements.txt", "Django==3.2\n").format is Format.REQUIREMENTS

"""package.json: engines, dependencies, and all version syntaxes."""

import json

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import entries, notes, reading, refusal, skipped

APP = """\
    {
      "name": "shop",
      "version": "1.0.0",
      "packageManager": "pnpm@8.6.0+sha256.abc",
      "engines": {"node": ">=18.17 <21"},
      "scripts": {"build": "next build"},
      "dependencies": {
        "@angular/core": "~15.2.0",
        "next": "13.4.1",
        "react": "^18.2.0",
        "redis": "^4.6.0",
        "ui": "workspace:*"
      },
      "devDependencies": {
        "eslint": "8.x",
        "typescript": "5.1.6"
      },
      "resolutions": {"minimist": "1.2.8"}
    }
    """


def test_it_works() -> None:
    manifest = reading("package.json", APP)
    assert (manifest.format, manifest.evidence) == (Format.PACKAGE_JSON, Evidence.NAME)
    assert entries(manifest) == [
        (4, "pnpm 8.6.0"),
        (5, "Node.js >=18.17 <21"),
        (8, "Angular ~15.2.0"),
        (9, "Next.js 13.4.1"),
        (10, "React ^18.2.0"),
        (11, "npm package redis ^4.6.0"),
        (15, "ESLint 8.x"),
        (16, "typescript 5.1.6"),
    ]
    assert notes(manifest)["React ^18.2.0"] == ""
    assert notes(manifest)["Next.js 13.4.1"] == ""
    assert skipped(manifest) == [
        (12, "A package in this workspace."),
        (18, "Overrides of indirect dependencies are not imported."),
    ]


def test_the_content_tells_it_too() -> None:
    assert reading("", APP).evidence is Evidence.CONTENT


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("18.2.0", "React 18.2.0"),
        ("v18.2.0", "React 18.2.0"),
        ("18", "React 18"),
        ("18.x.x", "React 18.x.x"),
        ("18.2.*", "React 18.2.*"),
        ("~18.2", "React ~18.2"),
        (">= 17 < 19", "React >=17 <19"),
        ("16.8 - 18", "React 16.8 - 18"),
        ("^18.0.0||^9.3.1 || ^16", "React ^18.0.0 || ^9.3.1 || ^16"),
        (">16.8.0 >=17.0.1", "React >16.8.0 >=17.0.1"),
        ("18.0.0-rc.1", "React 18.0.0-rc.1"),
        ("^18.3.0-canary.1", "React ^18.3.0-canary.1"),
        ("<19", "React <19"),
        ("*", "React"),
        ("", "React"),
        ("latest", "React"),
        ("next", "React"),
        ("npm:react@^17.0.2", "React ^17.0.2"),
        ("github:facebook/react#v18.2.0", "React 18.2.0"),
        ("git+ssh://git@example.org/react.git#semver:^17.0", "React ^17.0"),
        ("facebook/react", "React"),
        ("https://example.org/react.tgz", "React"),
    ],
)
def test_versions(version: str, text: str) -> None:
    manifest = reading("package.json", json.dumps({"dependencies": {"react": version}}))
    assert entries(manifest) == [(1, text)]


def test_older_engines_for_development() -> None:
    assert entries(reading("package.json", '{"devEngines": {"node": "16.x || 18.x"}}')) == [(1, "Node.js 16.x || 18.x")]


def test_a_list_of_engines() -> None:
    assert entries(reading("package.json", '{"engines": ["node >= 0.6", "npm"]}')) == [(1, "Node.js >=0.6"), (1, "npm")]


def test_an_exact_version_replaces_only_ranges_that_allow_it() -> None:
    packages = {"engines": {"pnpm": ">=9"}, "packageManager": "pnpm@9.6.0"}
    assert [text for _, text in entries(reading("package.json", json.dumps(packages)))] == ["pnpm 9.6.0"]
    packages = {"dependencies": {"vue": "^2.7", "vue3": "npm:vue@3.4.1"}}
    assert [text for _, text in entries(reading("package.json", json.dumps(packages)))] == ["Vue ^2.7", "Vue 3.4.1"]


def test_an_alias_is_the_package_behind_it() -> None:
    assert entries(reading("package.json", '{"dependencies": {"old": "npm:vue@2.7"}}')) == [(1, "Vue 2.7")]


@pytest.mark.parametrize("version", ["file:../ui", "link:../ui", "workspace:^1.0", "catalog:", "../ui"])
def test_ones_own_packages_are_skipped(version: str) -> None:
    manifest = reading("package.json", json.dumps({"dependencies": {"ui": version}}))
    assert not manifest.entries
    assert len(manifest.skipped) == 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{\n  "dependencies": {\n    "react": "18",\n  }\n}', 4, 3),
        ('{\n  "dependencies": {', 2, 20),
        ('{"dependencies": {"react": "1", \n"react": "2"}}', 2, None),
        ('{"dependencies":\n ["react"], "devDependencies": 3}', 2, None),
        ("[]", 1, None),
        ("[" * 100_000, 1, None),
        ('{"a":' * 100_000, 1, None),
    ],
)
def test_a_broken_file_is_named_by_its_line(text: str, line: int, column: int | None) -> None:
    error = refusal("package.json", text)
    assert error.line == line
    if column:
        assert f"Line {line}, column" in str(error)


def test_numbers_of_any_length_are_no_trouble() -> None:
    assert skipped(reading("package.json", '{"dependencies": {"react": %s}}' % ("9" * 10_000))) == []


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("npm:^18.2.0", "React ^18.2.0"),
        ("npm:18.2", "React 18.2"),
        ("npm:preact@10.1", "preact 10.1"),
        ("jsr:^1.0", "React ^1.0"),
    ],
)
def test_registries(version: str, text: str) -> None:
    assert entries(reading("package.json", json.dumps({"dependencies": {"react": version}}))) == [(1, text)]


@pytest.mark.parametrize("several", [True, False])
def test_engines_for_development(*, several: bool) -> None:
    engine = {"name": "node", "version": "^22.1.0", "onFail": "warn"}
    text = json.dumps({"devEngines": {"runtime": [engine] if several else engine}})
    assert entries(reading("package.json", text)) == [(1, "Node.js ^22.1.0")]


@pytest.mark.parametrize("engines", [[], "a", {"runtime": 1}, {"runtime": {"version": "1"}}])
def test_engines_for_development_that_say_nothing(engines: object) -> None:
    assert not reading("package.json", json.dumps({"devEngines": engines})).entries

"""Lock files: names and versions as each tool writes them, and files that are broken."""

import json

import pytest

from tests.support.manifests import entries, notes, reading, refusal, skipped


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("/a/1.2.3", "a 1.2.3"),
        ("/@x/a/1.2.3_b@4.0.0", "@x/a 1.2.3"),
        ("registry.example.org:4873/a/1.2.3", "a 1.2.3"),
        ("/a/1.2.3_@babel+core@7.0.0", "a 1.2.3"),
        ("/a@1.2.3(b@4.0.0)(c@1.0.0)", "a 1.2.3"),
        ("/@x/a@1.2.3", "@x/a 1.2.3"),
        ("a@1.2.3-beta.1", "a 1.2.3-beta.1"),
        ("'@x/a@1.2.3(@y/b@4.0.0(c@1.0.0))'", "@x/a 1.2.3"),
    ],
)
def test_keys_of_pnpm(key: str, expected: str) -> None:
    text = f"lockfileVersion: '9.0'\npackages:\n  {key}:\n    resolution: {{integrity: x}}\n"
    assert entries(reading("pnpm-lock.yaml", text)) == [(3, expected)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("a@^1.0.0", "a 1.2.3"),
        ('"@x/a@^1.0.0", "@x/a@~1.2.0"', "@x/a 1.2.3"),
        ('"alias@npm:b@^1.0.0"', "b 1.2.3"),
        ('"a@https://example.org/a.tgz"', "a 1.2.3"),
    ],
)
def test_specs_of_yarn(spec: str, expected: str) -> None:
    assert entries(reading("yarn.lock", f'# yarn lockfile v1\n\n{spec}:\n  version "1.2.3"\n')) == [(3, expected)]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("package-lock.json", '{"packages": {"node_modules/a": {"version": "1"},}}', 1),
        ("package-lock.json", '{\n"packages": [\n{}]}', 3),
        ("yarn.lock", 'a@1:\n  version "1"\nnonsense\n', 3),
        ("yarn.lock", '  version "1"\n', 1),
        ("pnpm-lock.yaml", "packages:\n  a@1: [\n", 3),
        ("pnpm-lock.yaml", "- a\n", 1),
        ("bun.lock", '{"packages": {"a": ["a@1.0.0"]\n', 2),
        ("uv.lock", 'version = 1\n\n[[package]]\nname = "a"\nversion = 1.2.3\n', 5),
        ("poetry.lock", '[[package]]\nname = "a"\nversion = "1"\n\n[[package]]\nname = \n', 6),
        ("Pipfile", '[packages]\na = "*\n', 2),
        ("Pipfile.lock", '{"default": []}x', 1),
        ("pylock.toml", "packages = 3\n", 1),
    ],
)
def test_a_broken_file_is_named_by_its_line(name: str, text: str, line: int) -> None:
    error = refusal(name, text)
    assert error.line == line
    assert str(error).endswith(".")


def test_a_package_without_a_version_is_a_skipped_row() -> None:
    text = json.dumps({"packages": {"node_modules/a": {}, "node_modules/b": 3, "node_modules/c": {"version": []}}})
    assert [why for _, why in skipped(reading("package-lock.json", text))] == [
        "This package has no version.",
        "A package must be an object.",
        "This package has no version.",
    ]
    assert skipped(reading("uv.lock", 'requires-python = ">=3.9"\n[[package]]\nversion = "1"\n')) == [
        (2, "A package needs a name, in quotes.")
    ]


def test_a_package_from_source_has_no_version() -> None:
    text = '[[package]]\nname = "a"\n[package.source]\ntype = "git"\nurl = "https://example.org/a"\n'
    assert notes(reading("poetry.lock", text)) == {"a": "installed from source, version unknown"}


def test_a_build_between_releases_has_no_version() -> None:
    text = '{"packages": {"node_modules/react": {"version": "0.0.0-experimental-97cdd5d3"}}}'
    assert entries(reading("package-lock.json", text)) == [(1, "React")]
    assert entries(reading("package.json", '{"dependencies": {"react": "0.0.0-experimental-97cdd5d3"}}')) == [
        (1, "React")
    ]


@pytest.mark.parametrize(("lock", "key"), [("uv.lock", "wheels"), ("poetry.lock", "files"), ("pdm.lock", "files")])
def test_lists_of_files_leave_the_lines_as_they_are(lock: str, key: str) -> None:
    files = "".join(f'    {{file = "a-{number}.whl", hash = "sha256:0"}},\n' for number in range(3))
    text = "".join(f'[[package]]\nname = "{name}"\n{key} = [\n{files}]\nversion = "1.0"\n\n' for name in ("a", "b"))
    text += '[[package]]\nname = "django"\nversion = "3.2"\n'
    assert entries(reading(lock, text)) == [(2, "a 1.0"), (11, "b 1.0"), (20, "Django 3.2")]


@pytest.mark.parametrize("files", ["[{hash = 1}]", "[\n  {hash = 1},\n  # one more\n  {hash = 2}\n]", "[]"])
def test_lists_of_files_in_another_form_are_parsed(files: str) -> None:
    text = f'[[package]]\nname = "a"\nversion = "1.0"\nfiles = {files}\n'
    assert entries(reading("poetry.lock", text)) == [(2, "a 1.0")]
    assert refusal("poetry.lock", f"{text}oops\n").line == text.count("\n") + 1


def test_comments_of_bun_may_look_like_anything() -> None:
    text = '{ // "packages": {\n /* } */ "packages": {"a": ["a@1.2.3", "// no ,]", {}, ""], }, }'
    assert entries(reading("bun.lock", text)) == [(2, "a 1.2.3")]

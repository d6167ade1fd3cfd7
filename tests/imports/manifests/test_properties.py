"""Properties for any file: read() returns or raises ManifestError, accounts for every line, and is quick.

FUZZ_FULL=1 tries all large hostile files.
"""

import json
import os
import time
from collections.abc import Callable
from itertools import product
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from techs.imports.manifests import MAX_BYTES, Entry, Manifest, ManifestError, packages, read
from techs.imports.manifests.types import MAX_SOURCE
from techs.lifecycles.starter import read_starter
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.products import Outcome
from techs.rules.text import MAX_TEXT, name_key
from tests.support.manifests import covered, rows

IS_FULL = bool(os.environ.get("FUZZ_FULL"))
INDEX = NameIndex.build(read_starter())

NAMES = [
    *("", "stack.txt", "stack.csv", "requirements.txt", "package.json", "pyproject.toml", "Dockerfile"),
    *("compose.yaml", ".tool-versions", "bom.json", "a.spdx.json", "techlist.json"),
]

# Words with a meaning in one of the formats, so that random files are not refused at once.
WORDS = [
    *("Django 3.2", "django==3.2", "FROM", "ARG V=1", "RUN <<EOF", "EOF", " AS x", "python:3.11-slim-bookworm", "$V"),
    *(
        "${V:-1}",
        "name,version",
        '"',
        "'",
        "'''",
        '"""',
        ";",
        ",",
        "\t",
        "\\",
        "\\\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "#",
        "-",
    ),
    *(
        "--hash=sha256:0",
        "-r x.txt",
        "[project]\n",
        "dependencies = [",
        "]",
        "[",
        "{",
        "}",
        ":",
        ": ",
        "=",
        "services:\n",
    ),
    *(
        "  db:\n",
        "    image: redis:7\n",
        "&a ",
        "*a",
        "<<: *a\n",
        "---\n",
        "nodejs 20",
        "latest",
        "\0",
        "\x0b",
        "\u2028",
    ),
    *('{"bomFormat": "CycloneDX"', '"components": [', '{"name": "a", "purl": "pkg:npm/a@1"}', '"dependencies": {'),
    *('"react": "^18"', "\ufeff", "\u202e", "é", "1.2.3", "~=", "||", "x", "e" * 300),
]
FILES = st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=40).map("".join)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(NAMES), text=FILES, encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_any_text_is_read_or_refused_in_words(name: str, text: str, encoding: str) -> None:
    check(name, text.encode(encoding, errors="replace"))


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(NAMES) | st.text(max_size=20), content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(name: str, content: bytes) -> None:
    check(name, content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(
    [
        *("dependencies", "engines", "packageManager", "components", "metadata", "packages", "externalRefs", "sbom"),
        *(
            "relationships",
            "documentDescribes",
            "name",
            "version",
            "purl",
            "type",
            "group",
            "versionInfo",
            "resolutions",
        ),
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["package.json", "bom.json", "a.spdx.json"]),
    document=st.dictionaries(KEYS, JSON | st.lists(st.dictionaries(KEYS, JSON, max_size=4), max_size=3), max_size=5),
)
def test_any_json_is_read_or_refused_in_words(name: str, document: dict[str, object]) -> None:
    check(name, json.dumps({"bomFormat": "CycloneDX", "spdxVersion": "SPDX-2.3", **document}, indent=1).encode())


def check(name: str, content: bytes) -> None:
    try:
        manifest = read(name, content)
    except ManifestError as refused:
        error = refused
    else:
        check_manifest(manifest, lines=content.count(b"\n") + content.count(b"\r") + 1)
        return
    assert str(error).strip()
    assert error.line is None or error.line >= 1


def check_manifest(manifest: Manifest, *, lines: int) -> None:
    keys = [name_key(entry.text) for entry in manifest.entries]
    assert len(keys) == len(set(keys))
    for row in rows(manifest):
        assert 1 <= row.line <= row.last_line <= lines
        assert len(row.source) <= MAX_SOURCE
        assert row.source.isprintable()
        assert row.text.strip() if isinstance(row, Entry) else row.why.endswith(".")
        assert not isinstance(row, Entry) or len(row.text) <= MAX_TEXT


@pytest.mark.parametrize("name", ["", ".tool-versions", "requirements.txt"])
@settings(deadline=None)
@given(lines=st.lists(LINES, max_size=20))
@example(lines=["\\"])
def test_every_line_is_accounted_for(name: str, lines: list[str]) -> None:
    text = "\n".join(["Django==3.2", *lines]).replace("\r\n", "\n").replace("\r", "\n")
    expected = {number for number, line in enumerate(text.split("\n"), 1) if line.strip() and line.strip()[0] != "#"}
    assert expected <= covered(read(name, text.encode()))


@settings(deadline=None)
@given(table=st.lists(st.lists(LINES.filter(lambda cell: "\r" not in cell), min_size=1, max_size=4), max_size=20))
def test_every_row_of_a_table_is_accounted_for(table: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table]
    text = "\n".join(["owner,name,version", *quoted])
    assert covered(read("stack.csv", text.encode())) == set(range(1, text.count("\n") + 2))


@settings(deadline=None)
@given(
    between=st.lists(st.sampled_from(["RUN x", "RUN x \\", "  y", "", "# c", "COPY <<A b", "A", "FROM b:1", "USER c"]))
)
def test_every_line_of_a_dockerfile_is_accounted_for(between: list[str]) -> None:
    text = "\n".join(["FROM a:1", *between])
    try:
        manifest = read("Dockerfile", text.encode())
    except ManifestError:
        return
    expected = {number for number, line in enumerate(text.split("\n"), 1) if line.strip() and line[0] != "#"}
    assert expected <= covered(manifest)


LARGE: dict[str, Callable[[int], str]] = {
    "stack.txt": lambda count: "".join(f"tool-{number} 1.{number}\n" for number in range(count)),
    "stack.csv": lambda count: "name,version\n" + "".join(f"tool-{number},1.{number}\n" for number in range(count)),
    "requirements.txt": lambda count: "".join(f"tool-{number}>=1.{number},<2\n" for number in range(count)),
    "package.json": lambda count: json.dumps({"dependencies": {f"t{n}": f"^1.{n}" for n in range(count)}}, indent=1),
    "pyproject.toml": lambda count: (
        "[tool.poetry.dependencies]\n" + "".join(f't{n} = "^1.{n}"\n' for n in range(count))
    ),
    "Dockerfile": lambda count: "".join(f"FROM tool{number}:1.{number} AS s{number}\n" for number in range(count)),
    "compose.yaml": lambda count: "services:\n" + "".join(f"  s{n}:\n    image: t{n}:1.{n}\n" for n in range(count)),
    ".tool-versions": lambda count: "".join(f"tool-{number} 1.{number}\n" for number in range(count)),
    "bom.json": lambda count: json.dumps(
        {"bomFormat": "CycloneDX", "components": [{"name": f"t{n}", "purl": f"pkg:npm/t{n}@1"} for n in range(count)]}
    ),
    "a.spdx.json": lambda count: json.dumps(
        {"spdxVersion": "SPDX-2.3", "packages": [{"name": f"t{n}", "versionInfo": "1"} for n in range(count)]}
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_ten_thousand_are_quick(name: str) -> None:
    content = LARGE[name](10_000).encode()
    begun = time.process_time()
    manifest = read(name, content)
    assert time.process_time() - begun < 20  # about 0.5; quadratic work would take minutes
    assert len(manifest.entries) == 10_000


HOSTILE = [
    *(
        '"',
        '\\"',
        "[",
        "{",
        '{"a":',
        "a.",
        "a . ",
        "- ",
        " ",
        "\tx",
        "${",
        ",",
        " #",
        " --a",
        "\\\n",
        "<<A ",
        ":",
        "&a ",
    ),
    *("==1,", "a", "1", "a\u0300\u0323", "1||", "x:1\n", "'''", "*a "),
]


@pytest.mark.parametrize("name", NAMES)
def test_large_hostile_files_are_quick(name: str) -> None:
    """32 KiB of one text suffice: quadratic work would take many seconds."""
    pairs = list(product(("x", 'x = "', "FROM x\nRUN ", '{"dependencies": {"a": "'), HOSTILE))
    for begin, text in pairs if IS_FULL else Random(name).sample(pairs, len(pairs) // 4):  # noqa: S311  no secret
        content = (begin + text * (32_768 // len(text))).encode()
        begun = time.process_time()
        check(name, content)
        assert time.process_time() - begun < 8, (begin, text)


@pytest.mark.parametrize("version", ["9" * 100_000, "1" + ".1" * 50_000])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("composer.json", '{"require": {"php": "%s !"}}'),
        ("composer.lock", '{"packages": [{"name": "a/b", "version": "%s !"}]}'),
        (".pre-commit-config.yaml", "repos:\n  - repo: https://github.com/psf/black\n    rev: %s !\n"),
    ],
)
def test_long_versions_are_quick(name: str, content: str, version: str) -> None:
    begun = time.process_time()
    check(name, (content % version).encode())
    assert time.process_time() - begun < 2


def test_the_largest_files_are_quick() -> None:
    begun = time.process_time()
    check("", b"a\n" * (MAX_BYTES // 256))
    check("", b"x" * MAX_BYTES)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("ecosystem", ["npm", "pypi"])
def test_a_package_is_not_taken_for_another_product(ecosystem: str) -> None:
    """A package with a product's name matches only if it is the product: "redis" on PyPI is a client."""
    for name in set(INDEX.product_keys) - packages.PRODUCTS[ecosystem].keys():
        text = one(ecosystem, name).text
        assert find(text, INDEX).outcome is Outcome.NO_MATCH, text


def test_a_package_that_is_the_product_is_found() -> None:
    """Control: these texts do match their products."""
    for name, slug in {"@angular/core": "angular", "next": "nextjs", "vue": "vue", "bootstrap": "bootstrap"}.items():
        match = find(one("npm", name, "16.2.3").text, INDEX)
        assert match.product
        assert match.product.slug == slug


def one(ecosystem: str, name: str, version: str = "1.2.3") -> Entry:
    file, text = ("package.json", json.dumps({"dependencies": {name: version}}))
    if ecosystem == "pypi":
        file, text = "requirements.txt", f"{name}=={version}\n"
    (entry,) = read(file, text.encode()).entries
    return entry

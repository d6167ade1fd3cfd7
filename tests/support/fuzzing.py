"""Hostile files derived from valid ones. Seeded, so that every failure can be repeated."""

import json
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import yaml

from techs.imports.manifests import Manifest, ManifestError, read
from techs.imports.manifests.types import Row, Skipped
from tests.support.examples import EXAMPLES, files

_PURLS = ("pkg:npm/%40angular/core@17.0", "pkg:docker/python@3.11?tag=3.11", "pkg:oci/a@sha256:0?tag=1", "pkg:deb/x@1")
_TECHLIST = {"name": "Django 3.2", "priority": "low", "score": 1, "action": "", "owner": "Web", "tags": ["a"]}

_TEXTS = {
    "stack.txt": """\
# stack
- Django 3.2
2. [x] Node.js 20
* Redis 7

PostgreSQL 14
""",
    "stack.csv": '''\
sep=;
Name;Version;Owner;Tags;Impact;Extended support
Django;"3.2";Web;"a, b";high;yes
"A ""b""";1
''',
    "requirements.txt": """\
django>=3.2,<4 ; python_version > '3.8' and (os_name == 'nt' or extra == "x")  # web
-r a.txt
celery[redis,auth]==5.3 \\
  --hash=sha256:0
x @ https://a.b/c.whl
./local
""",
    "pyproject.toml": """\
[project]
name = "a"
requires-python = ">=3.11"
dynamic = ["version"]
dependencies = [
  "django>=3.2; os_name == 'nt'",
]
[project.optional-dependencies]
x = ['a==1']
[dependency-groups]
dev = [{include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.11"
b = {version = "~1.2", path = "x"}
c = [{version = "1"}]
[tool.poetry.group.dev.dependencies]
d = 1
[tool.hatch.envs.t]
dependencies = ["e"]
""",
    "compose.yaml": """\
x: &base
  image: "redis:${V:-7}"
services:
  db:
    <<: *base
  web:
    build: .
  c:
    image: >-
      python:3.11-slim-bookworm
  d: {image: quay.io/a/b@sha256:0, extends: x}
""",
    "Dockerfile": """\
# escape=\\
ARG V=3.11
FROM --platform=linux python:${V}-slim-bookworm AS build
RUN <<EOF
x
EOF
COPY a \\
  b
FROM build
FROM scratch
""",
    ".tool-versions": """\
nodejs 20.1.0 18
java temurin-17.0.9+9 # x
python system
go ref:x
""",
}

_DOCUMENTS: dict[str, Any] = {
    "package.json": {
        "engines": {"node": ">=20"},
        "packageManager": "pnpm@9.1.0+sha512.0",
        "devEngines": {"runtime": [{"name": "node", "version": "^22"}]},
        "dependencies": {"react": "^18.2.0 || 19", "b": "npm:@x/y@1", "c": "github:a/b#semver:^1", "d": "file:x"},
        "peerDependencies": {"e": "1.x", "f": "workspace:*"},
        "overrides": {"g": "1"},
    },
    "bom.json": {
        "bomFormat": "CycloneDX",
        "components": [
            *({"type": "container", "name": "a", "version": "1", "purl": purl} for purl in _PURLS),
            {"type": "library", "group": "g", "name": "b", "components": [{"name": "c", "type": "file"}]},
        ],
    },
    "a.spdx.json": {
        "spdxVersion": "SPDX-2.3",
        "documentDescribes": ["SPDXRef-a"],
        "relationships": [{"relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-b"}],
        "packages": [
            {"SPDXID": "SPDXRef-a", "name": "npm:a", "versionInfo": "1", "primaryPackagePurpose": "FILE"},
            {"name": "b", "externalRefs": [{"referenceType": "purl", "referenceLocator": _PURLS[0]}]},
        ],
    },
    "b.spdx.json": {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {"type": "software_Sbom", "rootElement": ["urn:a"]},
            {"type": "software_Package", "spdxId": "urn:a", "name": "a", "software_packageVersion": "1"},
            {
                "type": "software_Package",
                "name": "b",
                "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": _PURLS[1]}],
            },
        ],
    },
    "techlist.json": [_TECHLIST, _TECHLIST | {"impact": "high", "extended_support": True}],
}

SEEDS = (
    _TEXTS
    | {name: json.dumps(document, indent=1) for name, document in _DOCUMENTS.items()}
    | {path: (EXAMPLES / path).read_text() for path in files()}
)
"""A valid file of each kind, most of them from the examples."""

ATOMS = (
    *"()[]{}<>'\"\\,;:=#@!&*|%?$^~-_./ \t\r\n\v\0\x1b\x85",
    *("٣", "²", "é", "\u202e", "\u2028", "\ufeff", "\u0301", "\ufdfa", "🚀", "ß", "\U0010ffff"),
    *(
        "'''",
        '"""',
        "\\u0041",
        "\\ud800",
        "\\u0000",
        "\\x",
        "%41",
        "%ff",
        "<<EOF\n",
        "<<: *base\n",
        "&a ",
        "*a ",
        "!!int ",
    ),
    *(
        " or ",
        " and ",
        "a or ",
        "not in ",
        "(os_name == 'a') or ",
        "||",
        ">=1,",
        "==1.*,",
        "===x",
        "1.",
        "1!",
        "a.",
        "[a.",
    ),
    *(
        "- ",
        "? ",
        ": ",
        "{a: ",
        "[{",
        '{"a":',
        '{"a":[',
        "a = [",
        "a={",
        "sep=",
        "--a ",
        "-r ",
        "${a:-",
        "ARG A=$A$A\n",
    ),
)
# Files to replace values in. As JSON is YAML, both may be written as JSON.
_STRUCTURED = (".json", ".yaml", ".yml", "composer.lock", "Pipfile.lock")
DIGITS = ("9" * 400, "9" * 5_000, "0x" + "f" * 6_000, "1e999999", "-" + "1" * 5_000, "٣" * 50)
MAX_SECONDS = 2  # of processor time, for one file; most take milliseconds
COUNTS = (1, 1, 1, 2, 7, 60, 600, 20_000)

# JSON values to insert where another type is expected.
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**400,
        10**4_000,
        float("nan"),
        float("inf"),
        "",
        " ",
        "x",
        "9" * 5_000,
        "\ud800",
    ),
    *("\0", "a\u202eb", "x" * 70_000, [], {}, [[]], [{}], ["x"], [None], {"a": None}, {"name": "x"}, {"version": {}}),
    *([0] * 2_000, {str(number): "1" for number in range(500)}, "pkg:docker/\ud800", "pkg:npm/%00", "pkg:", "^" * 300),
)


def cases(name: str, *, count: int, seed: int = 8) -> Iterator[bytes]:
    """Yield this many files of a kind: valid ones with one to four errors inserted."""
    random = Random(f"{name} {seed}")  # noqa: S311  no secret
    for _ in range(count):
        text = SEEDS[name]
        if name.endswith(_STRUCTURED) and random.random() < 0.5:
            document = _with_odd_values(next(iter(yaml.load_all(text, yaml.BaseLoader))), random)
            text = json.dumps(document, indent=random.choice((None, 1)))
        for _ in range(random.randint(0, 3)):
            text = random.choice(_EDITS)(text, random)
        yield text[: 1024 * 1024].encode("utf-8", "surrogatepass")


def nested(value: Any, depth: int) -> Any:
    """Nest a value in this many lists and objects."""
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def trouble(name: str, content: bytes) -> str:
    """Describe what is wrong with reading a file; "" if it gives a showable manifest or a readable refusal."""
    begun = time.process_time()
    try:
        manifest = read(name, content)
    except ManifestError as error:
        return _trouble_of_text(str(error)) or ("" if error.line is None or error.line >= 1 else "a line below 1")
    except Exception as error:  # noqa: BLE001  any exception is a finding
        return f"{type(error).__name__}: {str(error)[:200]}"
    if (seconds := time.process_time() - begun) > MAX_SECONDS:
        return f"{seconds:.1f} s"
    return next(filter(None, _troubles(manifest)), "")


def _troubles(manifest: Manifest) -> Iterator[str]:
    found: tuple[Row, ...] = (*manifest.entries, *manifest.skipped)
    for row in found:
        yield "" if 1 <= row.line <= row.last_line else f"lines {row.line} to {row.last_line}"
        yield _trouble_of_text(row.source)
        yield _trouble_of_text(row.why if isinstance(row, Skipped) else row.text + row.note)


def _trouble_of_text(text: str) -> str:
    if not text.isprintable():
        return f"not printable: {text[:80]!r}"
    return "" if len(text) < 2_000 else f"{len(text)} characters"


def _insert(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + random.choice(ATOMS) * random.choice(COUNTS) + text[place:]


def _insert_number(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + random.choice(DIGITS) + text[place:]


def _replace_text(text: str, random: Random) -> str:
    """Replace a quoted text or a word by something odd."""
    words = text.split('"') if random.random() < 0.5 else text.split(" ")
    words[random.randrange(len(words))] = random.choice((*ATOMS, *DIGITS)) * random.choice((1, 1, 30))
    return ('"' if '"' in text and len(words) == text.count('"') + 1 else " ").join(words)


def _delete(text: str, random: Random) -> str:
    begin = random.randint(0, len(text))
    return text[:begin] + text[begin + random.randint(1, 30) :]


def _repeat(text: str, random: Random) -> str:
    begin = random.randint(0, len(text))
    end = begin + random.randint(1, 60)
    return text[:end] + text[begin:end] * random.choice((1, 3, 300)) + text[end:]


_EDITS: tuple[Callable[[str, Random], str], ...] = (_insert, _insert, _insert_number, _replace_text, _delete, _repeat)


def _with_odd_values(document: Any, random: Random) -> Any:
    """Return the document with one value replaced or wrapped."""
    children = list(document.items() if isinstance(document, dict) else enumerate(document))
    if not children:
        return random.choice(VALUES)
    key, child = random.choice(children)
    if isinstance(child, dict | list) and random.random() < 0.7:
        document[key] = _with_odd_values(child, random)
    elif random.random() < 0.2:
        document[key] = nested(child, random.choice((1, 90, 300)))
    else:
        document[key] = random.choice(VALUES)
    return document

"""Large files: lock files and bills of materials are read part by part, so memory stays far below the file's size."""

import json
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from techs.imports.manifests import ManifestError, read
from tests.support.examples import EXAMPLES, files
from tests.support.manifests import refusal

FILLER = "x" * 2_000
COUNT = 400  # of 2 kB each

FILES: dict[str, Callable[[], str]] = {
    "bom.json": lambda: json.dumps(
        {
            "bomFormat": "CycloneDX",
            "components": [{"name": f"c{n}", "purl": f"pkg:npm/c{n}@1", "x": [FILLER]} for n in range(COUNT)],
            "dependencies": [{"ref": FILLER} for _ in range(COUNT)],
        }
    ),
    "a.spdx.json": lambda: json.dumps(
        {"spdxVersion": "SPDX-2.3", "packages": [{"name": f"c{n}", "x": [FILLER]} for n in range(COUNT)]}
    ),
    "package-lock.json": lambda: json.dumps(
        {"packages": {f"node_modules/c{n}": {"version": "1.0.0", "x": {"y": FILLER}} for n in range(COUNT)}}
    ),
    "composer.lock": lambda: json.dumps(
        {"packages": [{"name": f"a/c{n}", "version": "1.0.0", "x": {"y": FILLER}} for n in range(COUNT)]}
    ),
    "pnpm-lock.yaml": lambda: "packages:\n" + "".join(f"  c{n}@1.0.0:\n    x: {{y: {FILLER}}}\n" for n in range(COUNT)),
    "uv.lock": lambda: "".join(f'[[package]]\nname = "c{n}"\nversion = "1"\nx = ["{FILLER}"]\n' for n in range(COUNT)),
    "yarn.lock": lambda: "".join(f'c{n}@1:\n  version "1.0.0"\n  integrity {FILLER}\n' for n in range(COUNT)),
    "bom.xml": lambda: (
        "<bom><components>"
        + "".join(f"<component type='library'><name>c{n}</name><x>{FILLER}</x></component>" for n in range(COUNT))
        + "</components></bom>"
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_large_file_takes_little_memory(name: str) -> None:
    content = FILES[name]().encode()
    tracemalloc.start()
    try:
        manifest = read(name, content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(manifest.entries) == COUNT
    assert peak < 2.5 * len(content)  # the text once, and a part of it


@pytest.mark.parametrize("path", files())
def test_hostile_files_take_linear_time(path: str) -> None:
    """Work that grows with the square of 60,000 characters would take a minute."""
    lines = (EXAMPLES / path).read_text().split("\n")
    for begin in ("", "\n".join(lines[: len(lines) // 2])):
        for repeated in ('"', '\\"', " ", "/", "{", "${", "a:", "- ", "a ", "<a "):
            content = (begin + repeated * (60_000 // len(repeated))).encode()
            begun = time.process_time()
            with suppress(ManifestError):
                read(path, content)
            assert time.process_time() - begun < 4, (begin[-40:], repeated)


def test_lines_are_limited_even_if_they_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("techs.imports.manifests.types.MAX_ROWS", 3)
    assert len(read("", b"Django 3.2\n" * 3).skipped) == 2
    error = refusal("", "Django 3.2\n" * 4)
    assert error.line == 4
    assert "Split the file" in str(error)

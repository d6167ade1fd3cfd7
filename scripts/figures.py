#!/usr/bin/env python3
"""Print figures about the code and its texts, for comparing releases.

Functions and words are counted in all modules except tests and migrations.
"""

import ast
import io
import re
import statistics
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("techs", "frontend", "techlist")
LONG_MODULE = 300  # lines
SUBJECT_LENGTH = 72  # characters of a commit's first line
COMMITS = 200

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A source file."""

    path: Path
    source: str

    @property
    def lines(self) -> int:
        return self.source.count("\n")

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, Function):
                yield node

    def prose(self) -> Iterator[str]:
        """Yield every docstring and comment."""
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, ast.Module | ast.ClassDef | Function):
                yield ast.get_docstring(node) or ""
        for token in tokenize.generate_tokens(io.StringIO(self.source).readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def modules() -> list[Module]:
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [Module(path, path.read_text()) for path in paths if "migrations" not in path.parts]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def function_figures(found: list[Module]) -> Iterator[tuple[str, str]]:
    functions = [function for module in found for function in module.functions()]
    lengths = sorted((function.end_lineno or 0) - function.lineno + 1 for function in functions)
    documented = sum(ast.get_docstring(function) is not None for function in functions)
    median, p90 = statistics.median_high(lengths), lengths[int(0.9 * len(lengths))]
    yield "functions", f"{len(functions):,}"
    yield "lines per function, median / p90 / max", f"{median} / {p90} / {lengths[-1]}"
    yield "functions with a docstring", f"{documented / len(functions):.0%}"


def prose_figures(found: list[Module]) -> Iterator[tuple[str, str]]:
    prose = [word for module in found for text in module.prose() for word in words(text)]
    yield "words in docstrings and comments", f"{len(prose):,}"
    yield 'the word "what" per 1,000 of these', f"{1000 * prose.count('what') / len(prose):.1f}"
    yield "words in README.md", f"{len((ROOT / 'README.md').read_text().split()):,}"


def commit_figures() -> Iterator[tuple[str, str]]:
    command = ["git", "log", "--no-merges", f"--max-count={COMMITS}", "--format=%s"]
    log = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    subjects = log.splitlines()
    long = sum(len(subject) > SUBJECT_LENGTH for subject in subjects)
    yield f"commit subjects over {SUBJECT_LENGTH} characters", f"{long} of the last {len(subjects)}"


def module_figures(found: list[Module]) -> Iterator[tuple[str, str]]:
    yield "modules", f"{len(found):,}"
    for module in sorted(found, key=lambda module: -module.lines):
        if module.lines > LONG_MODULE:
            yield f"  over {LONG_MODULE} lines: {module.path.relative_to(ROOT)}", f"{module.lines}"


def main() -> None:
    found = modules()
    figures = [*function_figures(found), *prose_figures(found), *commit_figures(), *module_figures(found)]
    width = max(len(name) for name, _ in figures)
    for name, value in figures:
        print(f"{name:<{width}}  {value}")


if __name__ == "__main__":
    main()

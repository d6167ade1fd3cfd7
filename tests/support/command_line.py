"""Run the command line in this process, as its entry point does."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from techlist.cli import main
from techs.lifecycles import starter

STARTER = ("--facts", str(starter.STARTER), "--today", "2026-11-28")


class Ended(NamedTuple):
    """Exit status, standard output and standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def found(self) -> list[tuple[str, str]]:
        """Return level and text of each technology of a JSON document."""
        return [(row["priority"], row["text"]) for row in self.json["data"]]


class CommandLine:
    """Runs commands, and returns how they ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Ended:
        self._monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        try:
            status: Any = main(arguments)
        except SystemExit as end:  # argparse's own
            status = end.code
        return Ended(int(status), *self._capsys.readouterr())


def write(directory: Path, files: Mapping[str, str]) -> Path:
    """Write files below a directory, and return it."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return directory

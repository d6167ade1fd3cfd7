"""Every reader against hostile files. FUZZ_FULL=1 tries 10,000 of each format; FUZZ_SEED sets the seed."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from techs.imports import manifests
from techs.imports.manifests import Format, ManifestError, read
from techs.imports.manifests.types import Entry, Row
from tests.support.fuzzing import SEEDS, cases, trouble

IS_FULL = bool(os.environ.get("FUZZ_FULL"))
SEED = int(os.environ.get("FUZZ_SEED", "8"))
FORMATS = {name: read(name, content.encode()).format for name, content in SEEDS.items()}
SEEDS_OF_FORMAT = Counter(FORMATS.values())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", SEEDS)
def test_hostile_files_are_read_or_refused_in_words(name: str) -> None:
    count = -(-10_000 // SEEDS_OF_FORMAT[FORMATS[name]]) if IS_FULL else 30
    for number, content in enumerate(cases(name, count=count, seed=SEED)):
        assert not (found := trouble(name, content)), f"case {number} of {name}, seed {SEED}: {found}"
        if number % 3 == 0:
            assert not (found := trouble("", content)), f"case {number} of {name} without a name, seed {SEED}: {found}"


def test_a_long_line_of_digits_and_dots() -> None:
    """It starts like a heading of a changelog, over and over."""
    assert not trouble("stack.txt", b"Django 3.2\n" + b"1." * 20_000 + b"\n")


@pytest.mark.parametrize("name", SEEDS)
def test_the_files_they_are_made_of_are_good(name: str) -> None:
    """Control: the valid files contain technologies, so hostile ones reach the inside of the readers."""
    assert len(read(name, SEEDS[name].encode()).entries) >= 1


def test_most_formats_are_reached() -> None:
    """Control: enough hostile files are still recognised as their format."""
    for name in SEEDS:
        good = [content for content in cases(name, count=60) if not _is_refused(name, content)]
        assert len(good) > 5, name


def _is_refused(name: str, content: bytes) -> bool:
    try:
        read(name, content)
    except ManifestError:
        return True
    return False


@pytest.mark.parametrize("error", [RecursionError("deep"), ValueError("digits"), TypeError("unhashable")])
def test_a_reader_that_fails_is_found(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Control: any exception other than a refusal is reported."""

    def fail(text: str) -> Iterator[Row]:
        raise error

    monkeypatch.setitem(manifests._READERS, Format.LINES, fail)
    assert trouble("stack.txt", b"Django 3.2\n").startswith(type(error).__name__)


@pytest.mark.parametrize("note", ["\ud800", "\x1b[31m", "x" * 5_000])
def test_a_note_that_no_page_can_show_is_found(monkeypatch: pytest.MonkeyPatch, note: str) -> None:
    """Control: notes beside a technology are checked, too."""
    entry = Entry(1, "Django", "Django", note)
    monkeypatch.setattr("tests.support.fuzzing.read", lambda name, content: _manifest(entry))
    assert trouble("stack.txt", b"Django\n")


def _manifest(entry: Entry) -> manifests.Manifest:
    return manifests.Manifest(Format.LINES, manifests.Evidence.DEFAULT, (entry,), ())

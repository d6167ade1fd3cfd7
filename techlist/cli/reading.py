"""Read manifests with the readers of the server, and assess their technologies with its rule."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from techlist.cli.arguments import STANDARD_INPUT
from techlist.cli.discovery import File, find, prefix_of
from techlist.cli.outcomes import Mistake
from techlist.cli.report import Problem, Row
from techs.imports import dry_run
from techs.imports.identification import identify
from techs.imports.manifests import MAX_BYTES, Evidence, Format, Manifest, ManifestError, images, read
from techs.rules.assessing import TextAssessor
from techs.rules.attributes import NO_ATTRIBUTES

# Nobody means these with a name that only suggests a manifest.
_NOT_MEANT = frozenset((Format.LINES, Format.CSV, Format.TECHLIST))


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads files, and collects those that could not be read, as well as such lines of readable files.

    remarks: lines with a variable that other files set, and broken files that may not be manifests. broken: the names
    of all files that could not be read.
    """

    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    lines: list[Problem] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def manifest(self, file: File) -> Manifest | None:
        """Read a file. Return None if it holds nothing to import, or is unreadable, which is a problem."""
        try:
            content = file.read(most=MAX_BYTES + 1)
            return self._manifest(file, content) if content.strip() else None
        except OSError as error:
            self._report(file, Problem(file.name, f"Cannot read this file: {error.strerror}."))
        except ManifestError as error:
            # Without a line, it is of another kind, such as the settings of a program.
            if file.is_certain or error.line:
                self._report(file, _problem(file, error))
        return None

    def rows(self, file: File, manifest: Manifest, assessor: TextAssessor) -> Iterator[Row]:
        """Yield the technologies of a manifest with their places."""
        found = identify(manifest, assessor)
        for row in found.skipped:
            if row.is_unread:
                # A variable is set elsewhere, usually by the pipeline, so it is no mistake in this file.
                kept = self.remarks if images.NO_VALUE in row.why else self.lines
                kept.append(Problem(file.name, f"{row.why} {row.source}", row.line))
        for entry in found.entries:
            yield {**dry_run.row(entry, assessor, NO_ATTRIBUTES), **dry_run.place(entry, file.name)}

    def _report(self, file: File, problem: Problem) -> None:
        self.broken.append(file.name)
        (self.problems if file.is_certain else self.remarks).append(problem)

    def _manifest(self, file: File, content: bytes) -> Manifest | None:
        if len(content) > MAX_BYTES:
            raise ManifestError(f"The file is larger than {MAX_BYTES:,} bytes. Split it.")
        manifest = read(file.hint, content)
        is_meant = manifest.evidence is not Evidence.DEFAULT and manifest.format not in _NOT_MEANT
        return manifest if file.is_certain or is_meant else None


def _problem(file: File, error: ManifestError) -> Problem:
    text = str(error)
    return Problem(file.name, text.partition(": ")[2] if error.line else text, error.line)


def files_in(argument: str, options: Namespace, problems: list[Problem]) -> list[File]:
    """Return the manifests of a directory, the file itself, or standard input. Raises Mistake if there is none.

    Their names begin with the argument if it is a relative path.
    """
    if argument == STANDARD_INPUT:
        return [File(options.name, content=sys.stdin.buffer.read(MAX_BYTES + 1))]
    path = Path(argument)
    if path.is_dir():
        found = find(path, exclude=options.exclude, problems=problems)
        return [replace(file, name=prefix_of(argument) + file.name) for file in found]
    if not path.exists():
        raise Mistake(f"There is no file or directory {argument!r}.")
    return [File(path.as_posix(), path.absolute())]

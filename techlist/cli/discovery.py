"""Find the manifests of a directory by their names and places, without opening any other file."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from techlist.cli.ignored import Ignored, around, is_vendored
from techlist.cli.report import Problem
from techs.imports.manifests import names
from techs.imports.manifests.types import Format

# Most tables and exports in a repository are data about something else. `techlist scan stack.csv` still reads them.
_NOT_SEARCHED = frozenset((Format.CSV, Format.TECHLIST))

# dockerfile.py is no Dockerfile, although Dockerfile.web is.
_ANY_SUFFIX = frozenset((Format.DOCKERFILE, Format.HEROKU))
_CODE = re.compile(
    r"\.(?:py|pyi|rb|js|ts|mjs|go|rs|java|kt|cs|php|sh|md|rst|html|snap|dockerignore|j2|jinja2?|tmpl|tpl|erb|ejs|mustache"
    r"|template|bak|orig|rej|swp)$",
    re.IGNORECASE,
)

# Names that suggest a format. Such files count only if their content has one.
_LIKELY = re.compile(
    r"(?:.*/)?(?:"
    r"(?:requirements|constraints)/[^/]+\.(?:txt|in)"
    r"|(?:k8s|kube|kubernetes|kustomize|manifests|overlays|deploy|deployments?)/(?:[^/]+/)*[^/]+\.(?:ya?ml|json)"
    r"|(?:[^/]+[-._])?(?:deployment|statefulset|daemonset|replicaset|cronjob|job|pod)s?\.ya?ml"
    r"|[^/]*(?:sbom|cyclonedx|spdx)[^/]*\.(?:json|xml)|[^/]+\.bom\.(?:json|xml)"
    r")"
)


@dataclass(frozen=True, slots=True, order=True)
class File:
    """A file with the name to show, which has slashes, and its path or, for standard input, its content.

    is_certain: its name alone says that it is a manifest.
    """

    name: str
    path: Path = field(default=Path(), compare=False)
    is_certain: bool = field(default=True, compare=False)
    content: bytes | None = field(default=None, compare=False)

    @property
    def hint(self) -> str:
        """The name by which the format is detected. A workflow is recognised by its directory."""
        return self.path.as_posix() if self.content is None else self.name

    def read(self, *, most: int) -> bytes:
        """Return the first bytes, at most this many. Raises OSError."""
        if self.content is not None:
            return self.content[:most]
        with self.path.open("rb") as file:
            return file.read(most)


@dataclass(frozen=True, slots=True)
class _Directory:
    path: str
    """Within the repository, as ignore rules need it."""
    name: str
    """Within the directory that was asked for, as shown and as patterns of --exclude need it."""
    place: Path
    ignored: Ignored


def find(directory: Path, *, exclude: Sequence[str] = (), problems: list[Problem]) -> list[File]:
    """Return the manifests below a directory, sorted, with names relative to it. Links are not followed.

    Adds a problem for each directory that cannot be read.
    """
    place = directory.resolve()
    path, ignored = around(place)
    unwanted = Ignored().and_lines(exclude)
    found: list[File] = []
    waiting = [_Directory(path, "", place, ignored.within(path, place))]
    while waiting:
        here = waiting.pop()
        for entry in _entries(here, problems):
            is_directory = entry.is_dir(follow_symlinks=False)
            if unwanted.covers(_joined(here.name, entry.name), is_directory=is_directory):
                continue
            if is_directory:
                waiting.extend(_below(here, entry))
            elif entry.is_file(follow_symlinks=False) and (file := _file(here, entry)):
                found.append(file)
    return sorted(found)


def prefix_of(argument: str) -> str:
    """Return the beginning of the names of files in a directory: "services/a/", or "" unless the path is relative.

    Names stay the same on every machine that checks the repository out.
    """
    path = PurePath(os.path.normpath(argument))
    is_below = not path.is_absolute() and path.parts[:1] != ("..",)
    return f"{path.as_posix()}/" if is_below and path.parts else ""


def _entries(directory: _Directory, problems: list[Problem]) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(directory.place) as entries:
            return list(entries)
    except OSError as error:
        problems.append(Problem(directory.name or ".", f"Cannot read this directory: {error.strerror}."))
        return []


def _below(here: _Directory, entry: "os.DirEntry[str]") -> Iterator[_Directory]:
    place, path = Path(entry.path), _joined(here.path, entry.name)
    if not is_vendored(entry.name, place) and not here.ignored.covers(path, is_directory=True):
        yield _Directory(path, _joined(here.name, entry.name), place, here.ignored.within(path, place))


def _file(here: _Directory, entry: "os.DirEntry[str]") -> File | None:
    path = _joined(here.path, entry.name)
    format_ = names.format_of(entry.path)
    if format_ in _NOT_SEARCHED or (format_ in _ANY_SUFFIX and _CODE.search(entry.name)):
        return None
    if (format_ is None and not _LIKELY.fullmatch(path.casefold())) or here.ignored.covers(path):
        return None
    # Not every name is text.
    name = os.fsencode(_joined(here.name, entry.name)).decode(errors="replace")
    return File(name, Path(entry.path), is_certain=format_ is not None)


def _joined(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name

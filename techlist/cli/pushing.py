"""A push in progress: the uploads to a service, and what becomes of them."""

import os
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from techlist.cli.discovery import File
from techlist.cli.outcomes import Mistake, NotAllowed
from techlist.cli.report import DRY_RUN, UNCHANGED, Problem, Row, Upload
from techlist.cli.server import Refused, Server
from techlist.cli.terminal import tracked
from techs.imports.manifests import MAX_BYTES

# Where pipelines put the commit.
_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "BITBUCKET_COMMIT", "BUILD_SOURCEVERSION", "CIRCLE_SHA1")


@dataclass(slots=True)
class Push:
    """The uploads of one origin.

    waiting: the name of a source, "" if it is emptied, whether the upload is new, and the upload.
    """

    server: Server
    service: str
    origin: str
    options: Namespace
    problems: list[Problem]
    uploads: list[Upload] = field(default_factory=list)
    waiting: list[tuple[str, bool, Mapping[str, Any]]] = field(default_factory=list)

    def create(self) -> None:
        """Create the service unless it exists."""
        try:
            self.service = self.server.create_service(self.service)
        except Refused as error:
            raise Mistake(f"Cannot create the service {self.service!r}: {error}") from error
        except NotAllowed as error:
            hint = "If the service exists, leave out --create and name it by its slug."
            raise NotAllowed(f"Cannot create the service {self.service!r}: {error} {hint}") from error

    def send(self, file: File, rows: Sequence[Row]) -> None:
        """Upload a file with these technologies. One that the server refuses is a problem; the others still count."""
        try:
            content = file.read(most=MAX_BYTES + 1)
            is_new, answer = self.server.upload(self.service, file.name, content, **self._parameters)
        except OSError as error:
            self.problems.append(Problem(file.name, f"Cannot read this file: {error.strerror}."))
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND and self.options.dry_run and self.options.create:
                self.uploads.append(Upload.of(file.name, {"added": _as_added(rows)}, state=DRY_RUN))
            else:
                self._refuse(error, file.name)
        else:
            if self.options.dry_run:
                self.uploads.append(Upload.of(file.name, answer, state=DRY_RUN))
            else:
                self.waiting.append((file.name, is_new, answer))

    def complete(self, sources: Sequence[str]) -> None:
        """Empty the sources whose files are gone or, in a dry run, report what that would remove."""
        try:
            if self.options.dry_run:
                self.uploads += self._gone(sources)
            else:
                emptied = self.server.complete(self.service, self.origin, list(sources), **self._confirmed)
                self.waiting += [("", True, each) for each in emptied]
        except Refused as error:
            if not (self.options.dry_run and error.status == HTTPStatus.NOT_FOUND):
                self._refuse(error, "files that are gone")

    def wait(self) -> None:
        """Wait until the list shows all uploads."""
        for name, is_new, answer in tracked(self.waiting, "Waiting for the list", total=len(self.waiting)):
            try:
                result = self.server.finished(answer)
            except Refused as error:
                self.problems.append(Problem(name or "a file that is gone", str(error)))
                continue
            source = name or str(result.get("source", "a file that is gone"))
            self.uploads.append(Upload.of(source, result, state="" if is_new else UNCHANGED))
            self.problems += _failures(source, result)

    @property
    def _parameters(self) -> dict[str, str]:
        commit = next(filter(None, map(os.environ.get, _COMMITS)), "")
        ref = {"ref": commit} if commit else {}
        dry_run = {"dry_run": "1"} if self.options.dry_run else {}
        return {"origin": self.origin, **ref, **dry_run, **self._confirmed}

    @property
    def _confirmed(self) -> dict[str, str]:
        return {"confirm": "large"} if self.options.confirm_large else {}

    def _gone(self, sources: Sequence[str]) -> Iterable[Upload]:
        detail = self.server.service(self.service)
        names = [each["name"] for each in detail.get("sources", ()) if each.get("origin") == self.origin]
        for name in sorted(set(names) - set(sources)):
            if removed := _uses(detail, name):
                yield Upload.of(name, {"removed": removed}, state=DRY_RUN)

    def _refuse(self, error: Refused, source: str) -> None:
        if error.status == HTTPStatus.NOT_FOUND:
            hint = "Name an existing one by its slug, or add --create to create it."
            raise Mistake(f"There is no service {self.service!r} on {self.server.url}. {hint}") from error
        is_large = "removes" in error.body
        if error.status == HTTPStatus.CONFLICT and not is_large:  # the service is archived
            raise Mistake(str(error)) from error
        hint = " Add --confirm-large if that is right." if is_large else ""
        self.problems.append(Problem(source, f"{error}{hint}"))


def _as_added(rows: Iterable[Row]) -> list[Mapping[str, Any]]:
    return [{"id": None, "name": row["text"], "version": None, "priority": row["priority"]} for row in rows]


def _uses(detail: Mapping[str, Any], source: str) -> list[Mapping[str, Any]]:
    return [
        {"id": tech["id"], "name": tech["name"], "version": ", ".join(use["versions"]), "priority": tech["priority"]}
        for tech in detail.get("techs", ())
        for use in tech.get("uses", ())
        if use["source"] == source
    ]


def _failures(source: str, result: Mapping[str, Any]) -> list[Problem]:
    errors = result.get("errors") or []
    if result.get("state") == "failed" and not errors:
        reason = result.get("error") or "The server could not process this file. Its log has the reason."
        return [Problem(source, str(reason))]
    return [Problem(source, f"{each.get('error')} {each.get('text')}", each.get("line")) for each in errors]

"""`techlist push`: upload every manifest of a directory as a source of a service."""

import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from techlist.cli import lifecycle_data, output
from techlist.cli.additions import with_additions
from techlist.cli.arguments import STANDARD_INPUT
from techlist.cli.discovery import File, prefix_of
from techlist.cli.outcomes import Mistake, Status
from techlist.cli.reading import Reading, files_in
from techlist.cli.report import DRY_RUN, UNCHANGED, Problem, Report, Row, Upload, worst_first
from techlist.cli.server import Refused, Server
from techlist.cli.terminal import tracked
from techs.imports.manifests import MAX_BYTES

# Where pipelines put the commit.
_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "BITBUCKET_COMMIT", "BUILD_SOURCEVERSION", "CIRCLE_SHA1")


@dataclass(slots=True)
class Push:
    """A push to a service, and what has become of its files so far."""

    server: Server
    service: str
    origin: str
    options: Namespace
    problems: list[Problem]
    uploads: list[Upload] = field(default_factory=list)
    waiting: list[tuple[str, bool, Mapping[str, Any]]] = field(default_factory=list)
    """Source ("" for one that is emptied), whether its upload is new, and the upload."""

    def send(self, file: File) -> None:
        """Upload a file. If the server refuses it, that is a problem, and the others still count."""
        parameters = {"origin": self.origin, **self._ref, **self._confirmed}
        if self.options.dry_run:
            parameters["dry_run"] = "1"
        try:
            is_new, answer = self.server.upload(self.service, file.name, file.read(most=MAX_BYTES), **parameters)
        except Refused as error:
            self._refuse(error, file.name)
            return
        if self.options.dry_run:
            self.uploads.append(Upload.of(file.name, answer, state=DRY_RUN))
        else:
            self.waiting.append((file.name, is_new, answer))

    def complete(self, sources: list[str]) -> None:
        """Empty the sources whose files are gone."""
        try:
            emptied = self.server.complete(self.service, self.origin, sources, **self._confirmed)
        except Refused as error:
            self._refuse(error, "files that are gone")
            return
        self.waiting += [("", True, each) for each in emptied]

    def wait(self) -> None:
        """Wait until the list shows all uploads."""
        for name, is_new, answer in tracked(self.waiting, "Waiting for the list", total=len(self.waiting)):
            result = self.server.finished(answer)
            source = name or str(result.get("source", "a file that is gone"))
            self.uploads.append(Upload.of(source, result, state="" if is_new else UNCHANGED))
            errors = result.get("errors") or []
            self.problems += [
                Problem(source, f"{each.get('error')} {each.get('text')}", each.get("line")) for each in errors
            ]
            if result.get("state") == "failed" and not errors:
                reason = result.get("error") or "The server could not process this file. Its log has the reason."
                self.problems.append(Problem(source, str(reason)))

    @property
    def _confirmed(self) -> dict[str, str]:
        return {"confirm": "large"} if self.options.confirm_large else {}

    @property
    def _ref(self) -> dict[str, str]:
        commit = next(filter(None, map(os.environ.get, _COMMITS)), "")
        return {"ref": commit} if commit else {}

    def _refuse(self, error: Refused, source: str) -> None:
        if error.status == HTTPStatus.NOT_FOUND:
            hint = "Add --create to create it, or correct --service and --server."
            raise Mistake(f"There is no service {self.service!r} on {self.server.url}. {hint}") from error
        hint = " Add --confirm-large if that is right." if "removes" in error.body else ""
        self.problems.append(Problem(source, f"{error}{hint}"))


def run(options: Namespace) -> Status:
    if options.path == STANDARD_INPUT and not options.name:
        raise Mistake("Add --name, such as --name dpkg.txt: the name of the source.")
    assessor = lifecycle_data.assessor(options)
    reading = Reading()
    files = _files(options, reading.problems)
    with Server(options.server, token=os.environ.get("TECHLIST_TOKEN", ""), timeout=options.timeout) as server:
        push = Push(server, _service(server, options), _origin(options.path), options, reading.problems)
        rows: list[Row] = []
        sources: list[str] = []
        for file in tracked(files, "Uploading", total=len(files)):
            if (manifest := reading.manifest(file)) and (found := list(reading.rows(file, manifest, assessor))):
                rows += found
                sources.append(file.name)
                push.send(file)
        if Path(options.path).is_dir() and not options.dry_run:
            # An unreadable file is not gone.
            push.complete([*sources, *(problem.file for problem in reading.problems)])
        push.wait()
    report = Report(
        rows=worst_first(with_additions(rows, push.uploads)),
        problems=reading.problems,
        lines=reading.lines,
        remarks=reading.remarks,
        files=sources,
        today=assessor.today,
        as_of=assessor.catalogue.facts.as_of,
        fail_on=options.fail_on,
        fail_on_new=options.fail_on_new,
        service=push.service,
        uploads=push.uploads,
    )
    return output.finish(report, options.format)


def _files(options: Namespace, problems: list[Problem]) -> list[File]:
    files = files_in(options.path, options, problems)
    # The name of a source is the same on every machine.
    return [replace(file, name=file.path.name) if file.name.startswith(("/", "..")) else file for file in files]


def _service(server: Server, options: Namespace) -> str:
    if not options.create or options.dry_run:
        return str(options.service)
    try:
        return server.create_service(options.service)
    except Refused as error:
        raise Mistake(f"Cannot create the service {options.service!r}: {error}") from error


def _origin(argument: str) -> str:
    return f"push:{prefix_of(argument).rstrip('/') or '.'}"

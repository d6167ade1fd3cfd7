"""`techlist push`: upload every manifest of a directory as a source of a service."""

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from techlist.cli import lifecycle_data, output
from techlist.cli import token as token_variable
from techlist.cli.additions import with_additions
from techlist.cli.arguments import STANDARD_INPUT
from techlist.cli.discovery import File, prefix_of
from techlist.cli.outcomes import Mistake, Status
from techlist.cli.pushing import Push
from techlist.cli.reading import Reading, files_in
from techlist.cli.report import Problem, Report, Row, worst_first
from techlist.cli.server import Server
from techlist.cli.terminal import tracked, warn
from techs.rules.assessing import TextAssessor

_LOCAL = ("localhost", "127.0.0.1", "::1")


def run(options: Namespace) -> Status:
    if options.path == STANDARD_INPUT and not options.name:
        raise Mistake("Add --name, such as --name dpkg.txt: the name of the source.")
    assessor = lifecycle_data.assessor(options)
    reading = Reading()
    files = _files(options, reading.problems)
    with Server(options.server, token=_token(options.server), timeout=options.timeout) as server:
        push = Push(server, options.service, _origin(options.path), options, reading.problems)
        if options.create and not options.dry_run:
            push.create()
        rows = _upload(push, files, reading, assessor)
    report = Report(
        rows=worst_first(with_additions(rows, push.uploads)),
        problems=reading.problems,
        lines=reading.lines,
        remarks=reading.remarks,
        files=[file.name for file in files],
        today=assessor.today,
        as_of=assessor.catalogue.facts.as_of,
        fail_on=options.fail_on,
        fail_on_new=options.fail_on_new,
        service=push.service,
        uploads=push.uploads,
    )
    return output.finish(report, options.format)


def _upload(push: Push, files: list[File], reading: Reading, assessor: TextAssessor) -> list[Row]:
    """Upload the files, wait until the list shows them, and return their technologies."""
    is_whole = not reading.problems  # so far, only directories that cannot be read
    rows: list[Row] = []
    sources: list[str] = []
    for file in tracked(files, "Uploading", total=len(files)):
        if (manifest := reading.manifest(file)) and (found := list(reading.rows(file, manifest, assessor))):
            rows += found
            sources.append(file.name)
            push.send(file, found)
    if Path(push.options.path).is_dir():
        if is_whole:
            push.complete([*sources, *reading.broken])
        else:
            warn("Files that are gone keep their technologies, since a directory could not be read.")
    push.wait()
    return rows


def _token(server: str) -> str:
    token = token_variable.read()
    url = urlsplit(server)
    if token and url.scheme == "http" and url.hostname not in _LOCAL:
        warn(f"The token is sent to {url.hostname} without encryption. Use https.")
    return token


def _files(options: Namespace, problems: list[Problem]) -> list[File]:
    files = files_in(options.path, options, problems)
    # The name of a source is the same on every machine.
    return [replace(file, name=file.path.name) if file.name.startswith(("/", "..")) else file for file in files]


def _origin(argument: str) -> str:
    return f"push:{prefix_of(argument).rstrip('/') or '.'}"

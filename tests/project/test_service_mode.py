"""An environment that names a server makes a service: it must set its secrets, and protections are on by default."""

from pathlib import Path
from typing import Any

import pytest
from environs import EnvError

from techlist.local.environment import chosen
from techlist.server.address import Address
from tests.support.settings_reader import read_settings

SERVERS = [
    {"DATABASE_URL": "mysql://techlist:x@127.0.0.1:3306/techlist"},
    {"REDIS_CACHE_URL": "redis://127.0.0.1:6379/0"},
    {"REDIS_BROKER_URL": "redis://127.0.0.1:6380/0"},
]
SAID = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "techlist.example.org"}


def settings_of(directory: Path, **environ: str) -> dict[str, Any]:
    """Read the settings as a process does that knows these variables only."""
    return read_settings({"TECHLIST_DATA_DIR": str(directory / "data")} | environ)


@pytest.mark.parametrize("server", SERVERS)
def test_it_works(tmp_path: Path, server: dict[str, str]) -> None:
    settings = settings_of(tmp_path, **server, **SAID)
    assert (settings["ACCESS"], settings["HTTPS"]) == ("login", True)
    assert settings["ALLOWED_HOSTS"] == ["techlist.example.org"]
    assert (settings["SECURE_HSTS_SECONDS"], settings["SESSION_COOKIE_SECURE"]) == (31536000, True)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("is_empty", [True, False])
def test_does_not_start_without(tmp_path: Path, server: dict[str, str], name: str, is_empty: bool) -> None:  # noqa: FBT001
    said = {other: value for other, value in SAID.items() if other != name} | ({name: ""} if is_empty else {})
    with pytest.raises(EnvError, match=f'Environment variable "{name}" not set'):
        settings_of(tmp_path, **server, **said)
    assert not (tmp_path / "data").exists()


def test_https_and_logins_can_be_left_to_a_proxy(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, **SERVERS[0], **SAID, TECHLIST_ACCESS="open", TECHLIST_HTTPS="off")
    assert (settings["ACCESS"], settings["HTTPS"], settings["SESSION_COOKIE_SECURE"]) == ("open", False, False)


def test_second_terminal_needs_no_variable(tmp_path: Path) -> None:
    """Nothing names a server: the key of the data directory, and the names of this machine."""
    settings = settings_of(tmp_path)
    assert settings["SECRET_KEY"] == (tmp_path / "data" / "secret_key").read_text().strip()
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert (settings["ACCESS"], settings["HTTPS"], settings["SECURE_HSTS_SECONDS"]) == ("login", False, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_run_is_open_to_its_own_machine(host: str) -> None:
    assert chosen(SAID, Address(host, 8000)) == {"TECHLIST_ACCESS": "open", "TECHLIST_HTTPS": "off"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "techlist.example.org", "localhost.evil.example"])  # noqa: S104
def test_run_asks_others_for_a_login(host: str) -> None:
    assert chosen(SAID, Address(host, 8000))["TECHLIST_ACCESS"] == "login"


def test_run_leaves_what_is_said() -> None:
    said = SAID | {"TECHLIST_ACCESS": "login", "TECHLIST_HTTPS": "on"}
    assert chosen(said, Address("127.0.0.1", 8000)) == {}


def test_run_on_real_servers_needs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TECHLIST_DATA_DIR", str(tmp_path / "data"))
    settings = settings_of(tmp_path, **SERVERS[0], **chosen({}, Address("127.0.0.1", 8000)))
    assert settings["SECRET_KEY"] == (tmp_path / "data" / "secret_key").read_text().strip()
    assert (settings["ACCESS"], settings["HTTPS"]) == ("open", False)

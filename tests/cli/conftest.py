"""Fixtures of the command line. Nothing leaves the machine, and no cache survives a test."""

from collections.abc import Generator
from pathlib import Path

import certifi
import pytest

from tests.support.command_line import CommandLine, Ended, write
from tests.support.pushed_repository import DATA, FILES, Push
from tests.support.services_api import ServicesAPI, services_api


@pytest.fixture(autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty cache directory, and no settings of the environment."""
    directory = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(directory))
    monkeypatch.setenv("TECHLIST_SYNC_URL", "http://127.0.0.1:9/nothing-listens-here")
    monkeypatch.setenv("SSL_CERT_FILE", str(_one_certificate(directory)))
    for name in ("TECHLIST_SERVER", "TECHLIST_TOKEN", "TECHLIST_TOKEN_FILE", "GITHUB_SHA", "CI_COMMIT_SHA"):
        monkeypatch.delenv(name, raising=False)
    return directory


def _one_certificate(directory: Path) -> Path:
    # httpx reads all authorities for each client, even if it speaks no TLS, which takes 0.1 s.
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----")
    path = directory.parent / "certificate.pem"
    path.write_text(f"{first}{end}\n")
    return path


@pytest.fixture
def techlist(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(capsys, monkeypatch)


@pytest.fixture
def api() -> Generator[ServicesAPI, None, None]:
    """Run a stand-in for a Techlist server."""
    with services_api() as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, which is the current directory."""
    monkeypatch.chdir(write(tmp_path / "shop", FILES))
    return tmp_path / "shop"


@pytest.fixture
def push(techlist: CommandLine, api: ServicesAPI, shop: Path) -> Push:
    """Push the repository to a service that exists."""
    api.lifecycles = DATA
    api.services["shop"] = {}

    def run(*options: str, stdin: bytes = b"") -> Ended:
        return techlist("push", "--service", "shop", "--server", api.url, *options, stdin=stdin)

    return run

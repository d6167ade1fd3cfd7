"""rediss://: cache and broker are encrypted and verified in every process, and no option in a URL can disable that."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from environs import EnvError
from kombu import Connection
from kombu.exceptions import OperationalError

from techlist import tls
from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from tests.support.certificates import Authority, Certificate
from tests.support.servers import Servers, Valkey
from tests.support.services import Beat, Web, Worker, place, running
from tests.support.tls_proxy import tls_before

BROKER, CACHE = "REDIS_BROKER_URL", "REDIS_CACHE_URL"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signed the servers' certificate."""
    return Authority(tmp_path_factory.mktemp("tls"), "ours")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority unrelated to the servers."""
    return Authority(tmp_path_factory.mktemp("tls"), "stranger")


@pytest.fixture(scope="module")
def certificate(ours: Authority) -> Certificate:
    """The certificate of both servers."""
    return ours.certify("IP:127.0.0.1")


@pytest.fixture
def plain(redis_broker: Valkey, redis_cache: Valkey, certificate: Certificate) -> Generator[dict[str, str], None, None]:
    """Addresses with TLS and without options."""
    with tls_before(redis_broker.port, certificate) as broker, tls_before(redis_cache.port, certificate) as cache:
        yield {BROKER: f"rediss://127.0.0.1:{broker}/0", CACHE: f"rediss://127.0.0.1:{cache}/0"}


@pytest.fixture
def good(plain: dict[str, str], ours: Authority) -> dict[str, str]:
    """Correct addresses of both servers."""
    return {variable: f"{url}?ssl_ca_certs={ours.file}" for variable, url in plain.items()}


def ready(web: Web) -> dict[str, str]:
    """Return the state of each server, as /readyz reports it."""
    try:
        with urlopen(f"{web.url}/readyz", timeout=10) as response:  # noqa: S310  our own address
            states: dict[str, str] = json.load(response)
    except HTTPError as error:
        states = json.load(error)
    return states


def get(web: Web) -> dict[str, object]:
    with urlopen(f"{web.url}/get", timeout=10) as response:  # noqa: S310
        answer: dict[str, object] = json.load(response)
    return answer


def create(web: Web, text: str) -> None:
    body = json.dumps({"text": text}).encode()
    request = Request(f"{web.url}/create", data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=10) as response:  # noqa: S310
        assert response.status == 201


@pytest.mark.slow
def test_from_end_to_end(servers: Servers, process_env: dict[str, str], good: dict[str, str]) -> None:
    """With web server and worker on TLS only, a technology is accepted, assessed and read from the cache."""
    env = process_env | good
    with running(Worker(**place(servers), env=env)) as worker, running(Web(**place(servers), env=env)) as web:
        assert ready(web)["status"] == "ok"
        create(web, "Django 3.2")
        assert wait_until(lambda: "Django" in json.dumps(get(web)), timeout=30)
        assert wait_until(lambda: get(web)["isCached"], timeout=60)
        # kombu's warning if it does not verify.
        assert "insecure" not in worker.log.read_text() + web.log.read_text()


@pytest.fixture
def spoilt(good: dict[str, str], stranger: Authority) -> Callable[[str], dict[str, str]]:
    """Return addresses at which both certificates must be refused, each for the given reason."""

    def spoil(url: str, how: str) -> str:
        address, _, _ = url.partition("?")
        return {
            "authority": f"{address}?ssl_ca_certs={stranger.file}",
            "system": address,
            "name": url.replace("//127.0.0.1:", "//127.1:"),
        }[how]

    return lambda how: {variable: spoil(url, how) for variable, url in good.items()}


def has_logged(web: Web, pattern: str) -> bool:
    return re.search(pattern, web.log.read_text()) is not None


@pytest.mark.slow
@pytest.mark.parametrize("how", ["authority", "system", "name"])
def test_web_server_refuses(
    servers: Servers, process_env: dict[str, str], spoilt: Callable[[str], dict[str, str]], how: str
) -> None:
    with running(Web(**place(servers), env=process_env | spoilt(how))) as web:
        states = ready(web)
        assert {part for part in ("database", "broker", "cache") if states[part] != "ok"} == {"broker", "cache"}
        # As in any other outage, submissions are accepted and reads work.
        create(web, "Django 3.2")
        get(web)
        for failure in ("Cannot publish", "cache does not answer"):
            assert wait_until(partial(has_logged, web, f"{failure}.*CERTIFICATE_VERIFY_FAILED"), timeout=60), failure


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "how"), [(Worker, "authority"), (Worker, "name"), (Beat, "system")])
def test_celery_refuses(
    servers: Servers,
    process_env: dict[str, str],
    spoilt: Callable[[str], dict[str, str]],
    kind: type[Worker | Beat],
    how: str,
) -> None:
    started = kind(**place(servers), env=process_env | spoilt(how) | {"TECHLIST_SWEEP_INTERVAL": "1"})
    # It never gets further.
    started._answers = lambda: "CERTIFICATE_VERIFY_FAILED" in started.log.read_text(errors="replace")
    with running(started):
        assert "Connected to" not in started.log.read_text()


@pytest.mark.slow
def test_checks_refuse(good: dict[str, str], spoilt: Callable[[str], dict[str, str]], tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "check", "--database", "default"]

    def found(addresses: dict[str, str]) -> str:
        env = os.environ | addresses | {"DATABASE_URL": "", "TECHLIST_DATA_DIR": str(tmp_path)}
        return subprocess.run(command, env=env, cwd=BASE_DIR, capture_output=True, text=True, check=False).stderr

    assert "techlist.W001" not in found(good)
    assert re.search("techlist.W001.*CERTIFICATE_VERIFY_FAILED", found(spoilt("authority")))


def ping(url: str, **options: Any) -> bool:
    """Contact a server through kombu."""
    with Connection(url, **options) as connection:
        channel: Any = connection.default_channel
        return bool(channel.client.ping())


def test_kombu_by_itself_verifies_nothing(plain: dict[str, str]) -> None:
    """Control: without the options that the settings add, kombu does not verify the broker's certificate."""
    assert ping(plain[BROKER])
    url, arguments = tls.split_redis_url(BROKER, plain[BROKER], {})
    with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
        ping(url, ssl=arguments)


def test_client_certificate(ours: Authority, certificate: Certificate, redis_broker: Valkey) -> None:
    shown = ours.certify("DNS:client")
    with tls_before(redis_broker.port, certificate, clients=ours.file) as port:
        address = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={ours.file}"
        url, without = tls.split_redis_url(BROKER, address, {})
        with pytest.raises(OperationalError):
            ping(url, ssl=without)
        files = {"ssl_certfile": shown.file, "ssl_keyfile": shown.key}
        url, arguments = tls.split_redis_url(BROKER, address, files)
        assert ping(url, ssl=arguments)


@pytest.mark.parametrize("url", ["", "redis://h:6379/0", "redis://:p@h/0?db=1", "unix:///tmp/a?db=1"])
def test_other_addresses_stay_as_they_are(url: str) -> None:
    assert tls.split_redis_url(CACHE, url, {}) == (url, {})


@pytest.mark.parametrize(
    "query", ["", "?ssl_cert_reqs=required", "?ssl_cert_reqs=CERT_REQUIRED&ssl_check_hostname=True"]
)
def test_verification_needs_no_option(query: str) -> None:
    arguments = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    assert tls.split_redis_url(CACHE, f"rediss://:p%40@h/2{query}", {}) == ("rediss://:p%40@h/2", arguments)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("rediss://h/0?ssl_cert_reqs=required&ssl_cert_reqs=none", "ssl_cert_reqs is set twice"),
        ("rediss://h/0?ssl_ca_path=/x", "ssl_ca_path"),
        ("rediss://h/0?socket_timeout=99", "socket_timeout"),
        ("rediss://h/0?ssl_ca_certs=manage.py", "ssl_ca_certs: manage.py cannot be read"),
        ("rediss://h/0?ssl_certfile=/does/not/exist", "ssl_certfile: /does/not/exist cannot be read"),
        ("rediss://h/0?ssl_keyfile=/does/not/exist", "ssl_keyfile needs ssl_certfile"),
        ("rediss://h/0?ssl_ca_certs=", "ssl_ca_certs has no value"),
        ("rediss://h/0;rediss://i/0", "one server"),
        ("redis://h/0;rediss://i/0", "one server"),
        ("rediss://h/0#x", "%23"),
        ("rediss://[h/0", "not a URL"),
        ("redis://[h/0", "not a URL"),
        ("unix:///tmp/a?ssl_ca_certs=/x", "ssl_ca_certs can only be used with rediss://"),
    ],
)
def test_refusals(url: str, words: str) -> None:
    with pytest.raises(EnvError, match=f'"{CACHE}".*{re.escape(words)}'):
        tls.split_redis_url(CACHE, url, {})


@pytest.mark.parametrize("url", ["rediss://:very?sec=ret@h/0", "rediss://:very#secret@h/0", "rediss://:very?secret@h"])
def test_a_refusal_holds_no_password(url: str) -> None:
    with pytest.raises(EnvError) as refused:
        tls.split_redis_url(CACHE, url, {})
    assert "sec" not in str(refused.value)


def test_files_for_nothing() -> None:
    """They would look as if they had an effect."""
    with pytest.raises(EnvError, match="REDIS_SSL_CA"):
        tls.check_redis_files({"ssl_ca_certs": "/x", "ssl_certfile": ""}, {}, {})
    tls.check_redis_files({"ssl_ca_certs": "/x", "ssl_certfile": ""}, {}, {"ssl_cert_reqs": "required"})
    tls.check_redis_files({"ssl_ca_certs": "", "ssl_certfile": ""}, {}, {})


@pytest.mark.parametrize("variable", [BROKER, CACHE])
def test_a_start_is_stopped_with_the_variables_name(variable: str, tmp_path: Path) -> None:
    code = [sys.executable, "-c", "import techlist.settings"]
    env = os.environ | {variable: f"rediss://:very-secret@h/0?ssl_ca_certs={tmp_path / 'missing.pem'}"}
    end = subprocess.run(code, env=env, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert end.returncode != 0
    *_, message = end.stderr.strip().splitlines()
    assert variable in message
    assert "missing.pem" in message
    assert "very-secret" not in end.stderr

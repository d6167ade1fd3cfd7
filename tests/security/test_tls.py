"""TLS to the servers: connections are verified, or not made at all."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from environs import EnvError
from pytest_django import DjangoDbBlocker

from techlist import tls
from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techs.submissions.outbox import accept
from tests.faults.rig import is_done
from tests.support import services
from tests.support.certificates import Authority, Certificate
from tests.support.servers import MariaDB, Servers
from tests.support.services import Worker, running
from tests.support.settings_reader import read_settings
from tests.support.tls_proxy import tls_before

HERE = "IP:127.0.0.1,DNS:localhost"
ELSEWHERE = "DNS:elsewhere.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(place: Path) -> Authority:
    return Authority(place, "ours")


@pytest.fixture(scope="module")
def stranger(place: Path) -> Authority:
    return Authority(place, "stranger")


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return authority.certify(HERE)


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program with these settings."""
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "techlist.settings", "ALLOWED_HOSTS": "localhost"} | environ,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# --- The database ------------------------------------------------------------------------------------------------

Connect = Callable[..., str]


@pytest.fixture
def connect(django_db_blocker: DjangoDbBlocker) -> Connect:
    """Connect as a process with these variables does, run a statement, and return the connection's cipher."""

    def connect(*, statement: str = "SELECT 1", **environ: str) -> str:
        databases = read_settings(os.environ | environ)["DATABASES"]
        connection = ConnectionHandler(databases)["default"]
        with django_db_blocker.unblock(), closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            return str(cursor.fetchone()[1])

    return connect


@contextmanager
def mariadb(directory: Path, servers: Servers, *options: str) -> Generator[MariaDB, None, None]:
    directory.mkdir()
    server = MariaDB(directory=directory, reaper=servers.reaper, options=options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def with_tls(certificate: Certificate, authority: Authority) -> list[str]:
    return [f"--ssl-cert={certificate.file}", f"--ssl-key={certificate.key}", f"--ssl-ca={authority.file}"]


@pytest.fixture(scope="module")
def strict(
    place: Path, servers: Servers, certificate: Certificate, authority: Authority
) -> Generator[MariaDB, None, None]:
    """A server that accepts encrypted connections only."""
    options = [*with_tls(certificate, authority), "--require-secure-transport=ON"]
    with mariadb(place / "strict", servers, *options) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["", "VERIFY_IDENTITY", "verify_ca", "REQUIRED"])
def test_database_by_tls(connect: Connect, strict: MariaDB, authority: Authority, mode: str) -> None:
    options = {"DATABASE_SSL_CA": authority.file, "DATABASE_SSL_MODE": mode}
    address = f"{strict.url}?ssl-ca={authority.file}" + (mode and f"&ssl_mode={mode}")
    assert connect(DATABASE_URL=strict.url, **options).startswith("TLS_")
    assert connect(DATABASE_URL=address).startswith("TLS_")


@pytest.mark.slow
def test_database_refuses_plain_connections(connect: Connect, strict: MariaDB) -> None:
    # Which of these depends on its version.
    with pytest.raises(OperationalError, match=r"3159|1045"):
        connect(DATABASE_URL=strict.url)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["", "VERIFY_CA", "VERIFY_IDENTITY"])
def test_database_of_another_authority(connect: Connect, strict: MariaDB, stranger: Authority, mode: str) -> None:
    with pytest.raises(OperationalError, match="certificate"):
        connect(DATABASE_URL=strict.url, DATABASE_SSL_CA=stranger.file, DATABASE_SSL_MODE=mode)


@pytest.mark.slow
def test_database_verified_by_the_authorities_of_the_system(connect: Connect, strict: MariaDB) -> None:
    with pytest.raises(OperationalError, match="certificate"):
        connect(DATABASE_URL=strict.url, DATABASE_SSL_MODE="VERIFY_IDENTITY")


@pytest.mark.slow
def test_database_under_another_name(connect: Connect, place: Path, servers: Servers, authority: Authority) -> None:
    options = with_tls(authority.certify(ELSEWHERE), authority)
    with mariadb(place / "elsewhere", servers, *options) as server:
        with pytest.raises(OperationalError, match="certificate"):
            connect(DATABASE_URL=f"{server.url}?ssl-ca={authority.file}")
        # The control: it is the name alone that is wrong.
        assert connect(DATABASE_URL=f"{server.url}?ssl-mode=REQUIRED").startswith("TLS_")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"])
def test_database_without_tls(connect: Connect, servers: Servers, authority: Authority, mode: str) -> None:
    if servers.mariadb is None:
        pytest.skip("needs a database server")
    with pytest.raises(OperationalError, match=r"TLS|SSL"):
        connect(DATABASE_URL=servers.mariadb.url, DATABASE_SSL_MODE=mode, DATABASE_SSL_CA=authority.file)


@pytest.mark.slow
def test_database_that_asks_for_a_certificate(connect: Connect, strict: MariaDB, authority: Authority) -> None:
    ours = authority.certify("DNS:techlist")
    address = f"{strict.url}?ssl-ca={authority.file}"
    connect(DATABASE_URL=address, statement="ALTER USER techlist@'127.0.0.1' REQUIRE X509")
    try:
        with pytest.raises(OperationalError, match="1045"):
            connect(DATABASE_URL=address)
        assert connect(DATABASE_URL=f"{address}&ssl-cert={ours.file}&ssl-key={ours.key}").startswith("TLS_")
    finally:
        strict.restart()  # which creates the user again


def manage(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with this database."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=os.environ | {"DATABASE_URL": url},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_migrate_by_tls(strict: MariaDB, authority: Authority, stranger: Authority) -> None:
    # The same server, under a name that is not in its certificate.
    elsewhere = strict.url.replace("@127.0.0.1:", "@127.1:")
    for url in (f"{strict.url}?ssl-ca={stranger.file}", f"{elsewhere}?ssl-ca={authority.file}"):
        refused = manage(url, "migrate", "contenttypes")
        assert refused.returncode == 1
        assert re.search(r"\(2026, .*certificate", refused.stderr)
    migrated = manage(f"{strict.url}?ssl-ca={authority.file}", "migrate", "contenttypes")
    assert migrated.returncode == 0, migrated.stderr


@pytest.mark.slow
def test_check_tells_of_a_wrong_certificate(strict: MariaDB, stranger: Authority) -> None:
    checked = manage(f"{strict.url}?ssl-ca={stranger.file}", "check", "--database", "default")
    assert re.search(r"\(2026, .*certificate", checked.stdout + checked.stderr)


@pytest.mark.slow
def test_dbshell_verifies_too(strict: MariaDB, authority: Authority, stranger: Authority) -> None:
    elsewhere = strict.url.replace("@127.0.0.1:", "@127.1:")
    shell = ("dbshell", "--", "--execute", "SHOW STATUS LIKE 'Ssl_cipher'")
    assert "TLS_" in manage(f"{strict.url}?ssl-ca={authority.file}", *shell).stdout
    assert "TLS_" in manage(f"{elsewhere}?ssl-mode=REQUIRED", *shell).stdout
    for url in (f"{strict.url}?ssl-ca={stranger.file}", f"{elsewhere}?ssl-ca={authority.file}"):
        refused = manage(url, *shell)
        assert refused.returncode != 0
        assert "TLS_" not in refused.stdout


def test_certificate_and_key_belong_together(authority: Authority) -> None:
    one, another = authority.certify("DNS:one"), authority.certify("DNS:another")
    address = f"mysql://u:p@h/n?ssl-ca={authority.file}&ssl-cert={one.file}&ssl-key="
    assert tls.split_database_url(f"{address}{one.key}", {})[1]["ssl"]["key"] == one.key
    with pytest.raises(EnvError, match=r"DATABASE_URL.*ssl-cert"):
        tls.split_database_url(f"{address}{another.key}", {})


@pytest.mark.parametrize(
    ("url", "variables", "said"),
    [
        ("mysql://u:p@h/n?isolation_level=x", {}, "isolation_level"),
        ("mysql://u:p@h/n?ssl-mode=PREFERRED", {}, "ssl-mode"),
        ("mysql://u:p@h/n?ssl-mode=REQUIRED&ssl_mode=DISABLED", {}, "is set twice"),
        # A template with a missing variable must not turn TLS off.
        ("mysql://u:p@h/n?ssl-mode=", {}, "ssl-mode has no value"),
        ("mysql://u:p@h/n?ssl-mode", {}, "ssl-mode has no value"),
        ("mysql://u:p@h/n;ssl-mode=REQUIRED", {}, "options begin with ?"),
        ("mysql://u:p@h/n&ssl-mode=REQUIRED", {}, "options begin with ?"),
        ("mysql://u:p@h/n?ssl-mod=REQUIRED", {}, "ssl-mod"),
        ("mysql://u:p@h/n?ssl-ca=/does/not/exist", {}, "/does/not/exist cannot be read"),
        ("mysql://u:p@h/n", {"DATABASE_SSL_MODE": "on"}, "ssl-mode"),
        ("mysql://u:p@h/n", {"DATABASE_SSL_KEY": "/does/not/exist"}, "ssl-key"),
        ("", {"DATABASE_SSL_MODE": "REQUIRED"}, "can only be used with mysql://"),
        ("mysql://u:p@h/n?nonsense", {}, "nonsense"),
        ("mysql://u:p@h/n?ssl-mode=VERIFY_CA&ssl_mode=DISABLED", {}, "twice"),
        ("mysql://u:p@h/n?ssl-ca=manage.py", {}, "manage.py cannot be read"),
        ("mysql://u:p@h/n?ssl-mode=REQUIRED&ssl-key=manage.py", {}, "ssl-key needs ssl-cert"),
        ("mysql://u:p@h/n", {"DATABASE_SSL_CA": "/does/not/exist"}, '"DATABASE_SSL_CA"'),
    ],
)
def test_what_is_not_understood_stops_the_start(url: str, variables: dict[str, str], said: str) -> None:
    with pytest.raises(EnvError, match=re.escape(said)):
        read_settings(os.environ | {"DATABASE_URL": url} | variables)


# --- The cache and the broker --------------------------------------------------------------------------------------

TALK = """
import json
from django.core.checks import run_checks
from techlist.checks import server_checks, settings_checks
from techs import cache
from techs.submissions import outbox
from celery import current_app

def tried(talk):
    try:
        return repr(talk())
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def publish():
    with outbox._producers().acquire(block=True, timeout=1) as producer:
        return current_app.send_task("techs.sweep", producer=producer) and None

def ping_broker():
    with server_checks.broker_client() as client:
        return client.ping()

print(json.dumps({
    "cache": tried(cache.ping),
    "publish": tried(publish),
    "length": tried(outbox._queue_length),
    "check cache": tried(lambda: server_checks.cache_client().ping()),
    "check broker": tried(ping_broker),
}))
"""
FINE = {"cache": "None", "publish": "None", "length": "1", "check cache": "True", "check broker": "True"}


def talk(port: int, **environ: str) -> dict[str, Any]:
    """Use both servers in every way that Techlist does."""
    urls = {"REDIS_CACHE_URL": f"rediss://127.0.0.1:{port}/1", "REDIS_BROKER_URL": f"rediss://127.0.0.1:{port}/0"}
    done = run(TALK, **(urls | environ))
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def tls_port(servers: Servers, certificate: Certificate) -> Generator[int, None, None]:
    with tls_before(servers.broker.port, certificate) as port:
        yield port


def test_redis_by_tls(tls_port: int, authority: Authority) -> None:
    assert talk(tls_port, REDIS_SSL_CA=authority.file) == FINE


def test_redis_by_tls_with_the_file_in_the_address(tls_port: int, authority: Authority) -> None:
    options = f"ssl_ca_certs={authority.file}&ssl_cert_reqs=required"
    urls = {
        "REDIS_CACHE_URL": f"rediss://127.0.0.1:{tls_port}/1?{options}",
        "REDIS_BROKER_URL": f"rediss://127.0.0.1:{tls_port}/0?{options}",
    }
    assert talk(tls_port, **urls) == FINE


def test_redis_of_another_authority(tls_port: int, stranger: Authority) -> None:
    for environ in ({}, {"REDIS_SSL_CA": stranger.file}):
        answers = talk(tls_port, **environ)
        assert all("CERTIFICATE_VERIFY_FAILED" in answer for answer in answers.values()), answers


def test_redis_under_another_name(servers: Servers, authority: Authority) -> None:
    with tls_before(servers.broker.port, authority.certify(ELSEWHERE)) as port:
        answers = talk(port, REDIS_SSL_CA=authority.file)
    assert all("IP address mismatch" in answer for answer in answers.values()), answers


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_worker_by_tls(servers: Servers, process_env: dict[str, str], tls_port: int, authority: Authority) -> None:
    """It has connections that no other process has: blocking reads of messages."""
    urls = {
        "REDIS_CACHE_URL": f"rediss://127.0.0.1:{tls_port}/1",
        "REDIS_BROKER_URL": f"rediss://127.0.0.1:{tls_port}/0",
        "REDIS_SSL_CA": authority.file,
    }
    submission = accept(text="Django 3.2")
    with running(Worker(**services.place(servers), env=process_env | urls)):
        assert wait_until(lambda: is_done(str(submission.uuid)), timeout=60)


@pytest.mark.slow
def test_worker_without_the_authority(tls_port: int, stranger: Authority) -> None:
    """Control: nothing arrives."""
    connect = "from celery_app import app\napp.connection_for_read().ensure_connection(max_retries=1)"
    refused = run(connect, REDIS_BROKER_URL=f"rediss://127.0.0.1:{tls_port}/0", REDIS_SSL_CA=stranger.file)
    assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr


@pytest.mark.parametrize("name", ["REDIS_CACHE_URL", "REDIS_BROKER_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "rediss://h:1/0?ssl_cert_reqs=none",
        "rediss://h:1/0?ssl_cert_reqs=CERT_NONE",
        "rediss://h:1/0?ssl_cert_reqs=optional",
        "rediss://h:1/0?ssl_check_hostname=False",
        "rediss://h:1/0?ssl_ca_cert=x",
        "rediss://h:1/0?ssl_ca_certs=/does/not/exist",
        "rediss://h:1/0?ssl_cert_reqs=required&ssl_cert_reqs=none",
        "rediss://h:1/0?SSL_cert_reqs=none",
        "redis://h:1/0?ssl_cert_reqs=required",
        "redis://h:1/0?ssl-ca-certs=x",
        "redis://h:1/0?ssl=true",
    ],
)
def test_nothing_turns_verification_off(name: str, url: str) -> None:
    with pytest.raises(EnvError, match=r"(?i)ssl"):
        read_settings(os.environ | {name: url})

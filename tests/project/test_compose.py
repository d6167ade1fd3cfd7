"""docker/compose.yaml can set every variable that the settings read, and gives containers only what they need."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from techlist.local.embedded import BASE_DIR
from techlist.settings import env

DOCKER = BASE_DIR / "docker"


def read(name: str) -> Any:
    return yaml.safe_load((DOCKER / name).read_text())


COMPOSE = read("compose.yaml")
SERVICES = COMPOSE["services"]
MARIADB = read("compose.mariadb.yaml")
PARTS = ("migrate", "web", "web-2", "worker", "beat")
READ = set(env.variables)
FILES = {each.file for each in env.variables.values() if each.file}
# Address and data directory of `make run`.
NOT_IN_CONTAINERS = {"HOST", "PORT", "TECHLIST_DATA_DIR"}


def test_reads_more_than_a_few() -> None:
    """Control: variables of the settings are found."""
    assert {"DATABASE_URL", "SECRET_KEY", "TECHLIST_SYNC_URL", "TECHLIST_MAX_ATTEMPTS"} <= READ


@pytest.mark.parametrize("part", PARTS)
def test_every_variable_is_passed(part: str) -> None:
    assert SERVICES[part]["environment"].keys() >= READ - NOT_IN_CONTAINERS


@pytest.mark.parametrize("part", PARTS)
def test_only_tmp_is_writable(part: str) -> None:
    """Large uploads are buffered in /tmp, and nothing else writes a file."""
    service = SERVICES[part]
    assert (service["read_only"], service["tmpfs"], "volumes" in service) == (True, "/tmp", False)  # noqa: S108


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_as_little_as_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    # Only the proxy listens to ports below 1024.
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])


@pytest.mark.parametrize("name", ["database", "redis-broker", "redis-cache"])
def test_servers_are_neither_root_nor_reachable(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] != "root"
    assert set(service["networks"]) == {"back"}
    assert "ports" not in service
    assert COMPOSE["networks"]["back"] == {"internal": True}


@pytest.mark.parametrize("service", [*SERVICES.values(), *MARIADB["services"].values()], ids=lambda each: each["image"])
def test_an_image_has_an_exact_version(service: dict[str, Any]) -> None:
    ours = "${TECHLIST_IMAGE:-techlist}"
    assert service["image"] == ours or re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+(-\w+)?", service["image"])


def test_the_base_image_has_an_exact_version() -> None:
    bases = re.findall(r"^FROM (\S+)", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", bases[0])


def test_the_broker_keeps_everything_and_the_cache_nothing() -> None:
    broker, cache = (" ".join(SERVICES[name]["command"]) for name in ("redis-broker", "redis-cache"))
    assert "--maxmemory-policy noeviction" in broker
    assert "--appendonly yes --appendfsync always" in broker
    assert "--maxmemory-policy allkeys-lru" in cache
    assert "--appendonly no --save " in cache
    assert "volumes" not in SERVICES["redis-cache"]


@pytest.mark.parametrize("part", ["web", "web-2", "worker", "beat"])
def test_others_wait_for_the_migrations(part: str) -> None:
    assert SERVICES[part]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_volume_of_older_installations_stays_in_use() -> None:
    """Compose adds the name of the project: techlist_mariadb."""
    assert COMPOSE["name"] == "techlist"
    assert MARIADB["services"]["database"]["volumes"] == ["mariadb:/var/lib/mysql"]
    assert MARIADB["volumes"] == {"mariadb": None}
    assert SERVICES["database"]["volumes"] == ["mysql:/var/lib/mysql"], "the same place, so the other one replaces it"


def test_an_older_environment_does_not_start_an_empty_list() -> None:
    """DATABASE is required, and a host name that only the chosen server has."""
    assert "@${DATABASE:?" in SERVICES["web"]["environment"]["DATABASE_URL"]
    assert SERVICES["database"]["networks"]["back"]["aliases"] == ["mysql"]
    assert MARIADB["services"]["database"]["networks"]["back"]["aliases"] == ["mariadb"]


def test_secrets_in_files_replace_those_in_variables() -> None:
    compose = read("compose.secrets.yaml")
    for part in PARTS:
        environment = compose["services"][part]["environment"]
        for name in ("SECRET_KEY", "DATABASE_URL"):
            assert environment[name] == ""
            assert environment[f"{name}_FILE"] == f"/run/secrets/{name.lower()}"
        assert set(compose["services"][part]["secrets"]) <= compose["secrets"].keys()


def test_the_worker_has_the_options_of_the_guide() -> None:
    guide = (BASE_DIR / "docs" / "deployment.md").read_text()
    lines = [line for line in guide.splitlines() if "celery_app worker" in line]
    options = {word for line in lines for word in line.split() if word.startswith("--without")}
    assert len(options) == 3
    assert options <= set(SERVICES["worker"]["command"])


def test_nothing_is_passed_that_nobody_reads() -> None:
    assert SERVICES["web"]["environment"].keys() <= READ | FILES


def test_what_is_not_said_stays_unsaid() -> None:
    """A default in two places would diverge one day."""
    said = {name for name, value in SERVICES["web"]["environment"].items() if value is not None}
    servers = {"DATABASE_URL", "REDIS_BROKER_URL", "REDIS_CACHE_URL"}
    assert said == {"SECRET_KEY", "ALLOWED_HOSTS", "TECHLIST_METRICS_PORT", "TECHLIST_METRICS_HOST"} | servers


def test_the_script_for_upgrades_replaces_every_part() -> None:
    script = (DOCKER / "upgrade").read_text()
    subprocess.run(["sh", "-n", str(DOCKER / "upgrade")], check=True)
    assert {part for part in PARTS if not re.search(rf"\b{part}\b", script)} == set()
    assert os.access(DOCKER / "upgrade", os.X_OK)


def test_the_proxy_knows_both_web_servers() -> None:
    caddyfile = (DOCKER / "Caddyfile").read_text()
    assert "reverse_proxy web:8000 web-2:8000 {\n" in caddyfile
    for part in ("web", "web-2"):
        assert f"try_files /without-{part}\n" in caddyfile
        assert f"replace_web {part}\n" in (DOCKER / "upgrade").read_text()
    assert '"/config/without-$1"' in (DOCKER / "upgrade").read_text()
    (targets,) = read("prometheus/prometheus.yaml")["scrape_configs"][0]["static_configs"]
    assert {"web:8000", "web-2:8000"} <= set(targets["targets"])
    hosts = {target.partition(":")[0] for target in targets["targets"]}
    for host in hosts:
        assert set(SERVICES["prometheus"]["networks"]) & set(SERVICES[host]["networks"]), f"cannot reach {host}"


@pytest.mark.parametrize(("away", "other"), [("web", "web-2"), ("web-2", "web")])
def test_the_only_web_server_left_needs_no_check(away: str, other: str) -> None:
    """A slow answer to /readyz would otherwise refuse all requests during an upgrade."""
    caddyfile = (DOCKER / "Caddyfile").read_text()
    block = caddyfile.partition(f"handle @without_{away.replace('-', '_')} {{\n")[2].partition("\n\t}\n")[0]
    assert f"reverse_proxy {other}:8000 {{\n" in block
    assert "health_" not in block
    assert "fail_duration" not in block


def test_empty_variables_count_as_unset() -> None:
    """An env file may name a variable without a value."""
    code = "import techlist.settings as s; print(s.DATABASE_TIMEOUT, s.DEBUG, s.SYNC, s.ALLOWED_HOSTS, s.IS_SERVICE)"
    empty = dict.fromkeys(READ, "")
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | empty, cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert run.stdout == "2 False True ['localhost', '127.0.0.1', '[::1]'] False\n", run.stderr

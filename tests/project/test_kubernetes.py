"""docker/kubernetes/ fits the settings and the compose file, and builds where kustomize is installed."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings

from techlist.local.embedded import BASE_DIR
from techlist.settings import env

KUBERNETES = BASE_DIR / "docker" / "kubernetes"
FILES = sorted(path for path in KUBERNETES.rglob("*.yaml") if path.name != "kustomization.yaml")
COMPOSE = yaml.safe_load((BASE_DIR / "docker" / "compose.yaml").read_text())["services"]
VARIABLES = {name for each in env.variables.values() for name in (each.name, f"{each.name}_FILE")}


def objects() -> Iterator[dict[str, Any]]:
    for path in FILES:
        yield from yaml.safe_load_all(path.read_text())


OBJECTS = {(each["kind"], each["metadata"]["name"]): each for each in objects()}
PODS = {
    name.removeprefix("techlist-"): each["spec"]["template"]["spec"]
    for (kind, name), each in OBJECTS.items()
    if kind in {"Deployment", "Job"}
}
CONTAINERS = [
    pytest.param(pod, container, id=f"{part}-{container['name']}")
    for part, pod in PODS.items()
    for container in (*pod.get("initContainers", []), *pod["containers"])
]


def deployment(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = OBJECTS["Deployment", f"techlist-{name}"]["spec"]
    return spec


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    return selector["matchLabels"].items() <= labels.items() and all(
        labels[each["key"]] in each["values"] for each in selector.get("matchExpressions", [])
    )


def test_every_part_is_there() -> None:
    assert PODS.keys() == {"migrate", "web", "worker", "beat"}


@pytest.mark.parametrize("folder", ["base", "keda", "metrics", "example"])
def test_every_file_is_used(folder: str) -> None:
    used = yaml.safe_load((KUBERNETES / folder / "kustomization.yaml").read_text())
    files = {path.name for path in FILES if path.parent.name == folder}
    assert files == {name for name in used["resources"] if not name.startswith("..")}


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_a_container_has_as_little_as_it_needs(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """As Kubernetes' restricted profile demands, with limits and a place for large uploads."""
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108
    assert [volume["name"] for volume in pod["volumes"]] == ["tmp"]


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_a_container_reads_the_settings(pod: dict[str, Any], container: dict[str, Any]) -> None:
    assert container["envFrom"] == [{"configMapRef": {"name": "techlist"}}, {"secretRef": {"name": "techlist"}}]
    assert container["image"] == "techlist"


@pytest.mark.parametrize("part", ["migrate", "worker", "beat"])
def test_commands_are_those_of_the_compose_file(part: str) -> None:
    assert PODS[part]["containers"][0]["command"] == COMPOSE[part]["command"]


@pytest.mark.parametrize("name", ["techlist.env", "secrets.env"])
def test_the_example_sets_existing_variables(name: str) -> None:
    lines = (KUBERNETES / "example" / name).read_text().splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert names
    assert names <= VARIABLES


def test_probes() -> None:
    web = PODS["web"]["containers"][0]
    assert web["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert web["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    for part in ("worker", "beat"):
        (_, check) = COMPOSE[part]["healthcheck"]["test"]
        assert PODS[part]["containers"][0]["livenessProbe"]["exec"]["command"][-1] == check.replace("$$", "$")


@pytest.mark.parametrize("part", ["web", "worker", "beat"])
def test_a_pod_may_take_as_long_to_stop_as_a_container(part: str) -> None:
    seconds = int(COMPOSE[part].get("stop_grace_period", "10s").removesuffix("s"))
    assert PODS[part]["terminationGracePeriodSeconds"] >= seconds


@pytest.mark.parametrize("part", ["web", "worker"])
def test_one_at_a_time_may_be_away(part: str) -> None:
    assert deployment(part)["replicas"] >= 2
    budget = OBJECTS["PodDisruptionBudget", f"techlist-{part}"]["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == deployment(part)["selector"]


def test_there_is_never_a_second_beat() -> None:
    assert (deployment("beat")["replicas"], deployment("beat")["strategy"]) == (1, {"type": "Recreate"})


def test_workers_are_scaled_by_every_queue() -> None:
    scaled = OBJECTS["ScaledObject", "techlist-worker"]["spec"]
    assert scaled["scaleTargetRef"] == {"name": "techlist-worker"}
    assert {trigger["metadata"]["listName"] for trigger in scaled["triggers"]} == settings.CELERY_TASK_QUEUES.keys()


def test_metrics_have_the_port_of_the_compose_file() -> None:
    component = yaml.safe_load((KUBERNETES / "metrics" / "kustomization.yaml").read_text())
    (patch,) = component["patches"]
    port, variables = (operation["value"] for operation in yaml.safe_load(patch["patch"]))
    number = str(port[0]["containerPort"])
    assert {each["name"]: each["value"] for each in variables} == {
        "TECHLIST_METRICS_PORT": number,
        "TECHLIST_METRICS_HOST": "0.0.0.0",  # noqa: S104  the token is needed there
    }
    assert number in COMPOSE["worker"]["environment"]["TECHLIST_METRICS_PORT"]
    assert "TECHLIST_METRICS_TOKEN=" in (KUBERNETES / "example" / "secrets.env").read_text()


def test_the_service_leads_to_the_web_servers() -> None:
    service = OBJECTS["Service", "techlist"]["spec"]
    assert service["selector"].items() <= deployment("web")["template"]["metadata"]["labels"].items()
    assert service["ports"][0]["targetPort"] == PODS["web"]["containers"][0]["ports"][0]["name"]


def test_it_builds() -> None:
    """With kustomize, or the one in kubectl. Labels reach every selector, so that other software is never meant."""
    builder = [["kustomize", "build"], ["kubectl", "kustomize"]]
    command = next((each for each in builder if shutil.which(each[0])), None)
    if not command:
        pytest.skip("neither kustomize nor kubectl is installed")
    built = subprocess.run([*command, str(KUBERNETES / "example")], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    found = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(built.stdout)}
    assert "replicas" not in found["Deployment", "techlist-worker"]["spec"], "KEDA and the Deployment would disagree"
    assert found["Service", "techlist"]["spec"]["selector"]["app.kubernetes.io/name"] == "techlist"
    for part, ports in {"web": ["http"], "worker": ["metrics"], "beat": ["metrics"]}.items():
        pod = found["Deployment", f"techlist-{part}"]["spec"]["template"]
        assert [port["name"] for port in pod["spec"]["containers"][0]["ports"]] == ports
        opened = found["NetworkPolicy", "techlist-web" if part == "web" else "techlist-metrics"]["spec"]
        assert selects(opened["podSelector"], pod["metadata"]["labels"])
        assert [rule["port"] for rule in opened["ingress"][0]["ports"]] == ports
    image = found["Deployment", "techlist-web"]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.startswith("registry.example.org/")

"""The metrics are documented, well named, and those of dashboard and alerts exist."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from techlist.local.embedded import BASE_DIR
from techlist.metrics.catalogue import METRICS, Kind
from techs.models import LEVELS

DOCKER = BASE_DIR / "docker"
RULES = DOCKER / "prometheus" / "rules.yaml"
RULE_TESTS = DOCKER / "prometheus" / "rules.test.yaml"
DASHBOARD = DOCKER / "grafana" / "techlist.json"
# Labels that have few values, which the code names.
LABELS = {"route", "method", "status", "task", "outcome", "dependency", "state", "level", "queue", "version"}
_EXPORTED = re.compile(r"\btechlist_[a-z_]+")
_SUFFIXES = ("_bucket", "_sum", "_count")


def test_the_table_of_the_page_is_up_to_date(tmp_path: Path) -> None:
    page = BASE_DIR / "docs" / "operations.md"
    fresh = tmp_path / "operations.md"
    shutil.copy(page, fresh)
    subprocess.run([sys.executable, "scripts/metrics_table.py", str(fresh)], cwd=BASE_DIR, check=True)
    assert page.read_text() == fresh.read_text(), "Run scripts/metrics_table.py."


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_names_follow_the_conventions(metric: Any) -> None:
    assert re.fullmatch(r"techlist_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == Kind.COUNTER)
    assert not metric.name.endswith(_SUFFIXES)
    assert {*metric.labels} <= LABELS
    assert metric.about.endswith(".")


def exported(text: str) -> set[str]:
    """Return the metrics that queries name."""
    names = set(_EXPORTED.findall(text))
    histograms = {metric.name for metric in METRICS.values() if metric.kind == Kind.HISTOGRAM}
    for name in list(names):
        base = next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)
        if base in histograms:
            names = names - {name} | {base}
    return names


def queries_of_dashboard() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize(
    "queries",
    [queries_of_dashboard(), [rule["expr"] for rule in rules()], [RULE_TESTS.read_text()]],
    ids=["dashboard", "alerts", "tests of alerts"],
)
def test_every_metric_in_a_query_exists(queries: list[str]) -> None:
    found = exported("\n".join(queries))
    assert len(found) > 8
    assert found <= METRICS.keys()


def test_the_dashboard_shows_every_metric_but_a_few() -> None:
    left_out = METRICS.keys() - exported("\n".join(queries_of_dashboard()))
    # The last one is for alerts, the others have a panel that says the same.
    assert left_out == {"techlist_delayed", "techlist_beat_last_published_timestamp_seconds"}


def test_panels_do_not_overlap() -> None:
    places = [panel["gridPos"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(cells) == len({*cells})
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_alerts_say_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"].keys() == {"summary", "action"}
    assert all(text.endswith(".") for text in rule["annotations"].values())
    page = (BASE_DIR / "docs" / "monitoring.md").read_text()
    assert f"| `{rule['alert']}` |" in page


def test_every_alert_is_tested() -> None:
    tested = {
        check["alertname"]
        for case in yaml.safe_load(RULE_TESTS.read_text())["tests"]
        for check in case["alert_rule_test"]
        if check.get("exp_alerts")
    }
    assert tested == {rule["alert"] for rule in rules()}


def test_values_of_labels_in_queries_exist() -> None:
    text = "\n".join([*queries_of_dashboard(), *(rule["expr"] for rule in rules())])
    states = {"queued", "saved", "done", "failed"}
    known = {
        "state": states,
        "queue": {"periodic", "celery", "imports"},
        "dependency": {"database", "cache", "broker"},
        "outcome": {"success", "failure", "outage"},
        "level": {level for level, _ in LEVELS},
        "status": {"2xx", "3xx", "4xx", "5xx", "408", "413", "503"},
        "route": {"metrics"},
    }
    used = [
        (label, value)
        for label, values in re.findall(r'([a-z]+)(?:=|!=|=~)"([^"]+)"', text)
        for value in values.split("|")
    ]
    assert len(used) > 10
    assert [pair for pair in used if pair[1] not in known[pair[0]]] == []


def test_promtool() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian's package prometheus has it)")
    for command in (["check", "rules", str(RULES)], ["test", "rules", str(RULE_TESTS)]):
        done = subprocess.run([promtool, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

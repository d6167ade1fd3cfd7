"""A run of the checker ends and says why, whatever happens to its writers."""

import threading

import pytest

from techlist.local.processes import wait_until
from tests.coherence import client
from tests.coherence.checker import Plan, Report, Run
from tests.support.servers import free_port


def report_of(plan: Plan) -> Report:
    reports: list[Report] = []
    threading.Thread(target=lambda: reports.append(Run(plan).go()), daemon=True).start()
    assert wait_until(lambda: bool(reports), timeout=60), "the run does not end"
    return reports[0]


@pytest.mark.parametrize("username", ["", "checker"])
def test_nothing_answers(monkeypatch: pytest.MonkeyPatch, username: str) -> None:
    monkeypatch.setattr(client, "LOGIN_TIMEOUT", 0.1)
    url = f"http://127.0.0.1:{free_port()}"
    report = report_of(Plan(url=url, reads=1, writers=2, timeout=0.1, username=username))
    assert len(report.gave_up) == 2
    assert report.unanswered
    assert not report.is_coherent


def test_an_unexpected_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("unexpected")

    monkeypatch.setattr(client.Api, "insist", fail)
    report = report_of(Plan(url=f"http://127.0.0.1:{free_port()}", reads=1, writers=2))
    assert report.gave_up == ["ValueError('unexpected')"] * 2

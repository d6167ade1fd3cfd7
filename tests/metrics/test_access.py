"""Who may read /metrics."""

from typing import Any

import pytest
from django.test import Client

from techlist.metrics import access
from techlist.monitoring import Metrics
from tests.project.test_checks import found

TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture
def metrics(settings: Any, tmp_path: Any) -> Any:
    """Change the settings."""

    def change(**changes: Any) -> Metrics:
        settings.METRICS = Metrics(**{"token": "", "port": 0, "host": "127.0.0.1", "directory": tmp_path} | changes)
        return settings.METRICS

    return change


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("changes", [{}, {"port": 9100}])
def test_without_a_token_the_path_is_unknown(client: Client, metrics: Any, changes: dict[str, Any]) -> None:
    metrics(**changes)
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN}"}):
        for method in ("get", "head", "post"):
            answer = getattr(client, method)("/metrics", headers=headers)
            unknown = getattr(client, method)("/unknown", headers=headers)
            assert answer.status_code == unknown.status_code == 404
            assert answer.content == unknown.content


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("host", ["localhost", "10.1.2.3:8000", "web:8000"])
def test_with_the_token(client: Client, metrics: Any, host: str) -> None:
    metrics(token=TOKEN)
    for scheme in ("Bearer", "bearer"):
        answer = client.get("/metrics", headers={"authorization": f"{scheme} {TOKEN}", "host": host})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "no-store" in answer["Cache-Control"]
        assert "techlist_build_info" in answer.content.decode()
    assert client.post("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 405


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Token {TOKEN}",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN} x",
        "Bearer é",
    ],
)
def test_with_a_wrong_token(client: Client, metrics: Any, authorization: str) -> None:
    metrics(token=TOKEN)
    answer = client.get("/metrics", headers={"authorization": authorization} if authorization else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert list(answer.json()) == ["detail"]


def test_tokens_are_compared_in_constant_time(metrics: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics(token=TOKEN)
    compared: list[tuple[str, str]] = []
    monkeypatch.setattr(access, "constant_time_compare", lambda *texts: compared.append(texts))
    access.has_token("Bearer x")
    assert compared == [("x", TOKEN)]


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"token": TOKEN, "port": 9100}, set()),
        ({"port": 8000}, {"techlist.E012"}),
        ({"port": 9100, "host": "0.0.0.0"}, {"techlist.E013"}),  # noqa: S104  under test
        ({"port": 9100, "host": "::1"}, set()),
        ({"port": 9100, "host": "0.0.0.0", "token": TOKEN}, set()),  # noqa: S104  under test
        ({"host": "0.0.0.0"}, set()),  # noqa: S104  under test
        ({"token": "short"}, {"techlist.W012"}),
    ],
)
def test_dangerous_settings(metrics: Any, monkeypatch: pytest.MonkeyPatch, changes: Any, ids: set[str]) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert found(METRICS=metrics(**changes)) == ids


def test_the_port_of_make_run(metrics: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9100")
    assert found(METRICS=metrics(port=9100)) == {"techlist.E012"}
    assert found(METRICS=metrics(port=8000)) == set()


def test_a_directory_that_cannot_be_written(metrics: Any, tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert found(METRICS=metrics(token=TOKEN, directory=file / "below")) == {"techlist.E014"}
    assert found(METRICS=metrics(directory=file / "below")) == set()

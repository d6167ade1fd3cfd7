"""The servers of a benchmark, and the data in them."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any, cast

import redis
import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from techs import tokens
from techs.assessment.assessor import Assessor
from techs.models import Tech
from tests.benchmarks import client, samples
from tests.benchmarks.client import Answer, Steady
from tests.support.servers import Servers
from tests.support.services import Web, place, running

WRITES_DOCS = bool(os.environ.get("DOCS"))
ROUNDS = 5
TECHS = 100
PRODUCTION = {"TECHLIST_HTTPS": "on", "TECHLIST_THROTTLE": "0"}
PROXIED = {"X-Forwarded-Proto": "https"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where processes run, with the database of the naive build."""

    servers: Servers
    env: dict[str, str]
    naive: str

    def places(self, **env: str) -> dict[str, Any]:
        return place(self.servers) | {"env": self.env | env}

    def messages(self, database: int = 0) -> int:
        """Count the messages in a database of the broker that workers have yet to take, or to acknowledge."""
        with redis.Redis(port=self.servers.broker.port, db=database) as client:
            waiting, taken = client.llen("celery"), client.hlen("unacked")
            return int(cast(int, waiting)) + int(cast(int, taken))

    def peer_env(self, body: Path) -> dict[str, str]:
        return {
            "DATABASE_URL": f"{self.servers.url.rpartition('/')[0]}/{self.naive}",
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.peers.naive_settings",
            "NODE_ENV": "production",
            "PEER_BODY": str(body),
            "PEER_BROKER_URL": f"redis://127.0.0.1:{self.servers.broker.port}/1",
            "PEER_REDIS_URL": f"redis://127.0.0.1:{self.servers.cache.port}/1",
        }


def fill_list() -> None:
    Tech.objects.bulk_create(samples.techs(Assessor.current(), TECHS))


def read_list(run: Run) -> bytes:
    """Return the answer to /get."""
    with running(Web(**run.places())) as web:
        return requests.get(f"{web.url}/get", timeout=10).content


def new_token() -> str:
    _, token = tokens.create(User.objects.create_user("reader"))
    return token


def new_session() -> str:
    """Return the cookie of a person who has logged in."""
    visitor = Client()
    visitor.force_login(User.objects.create_user("visitor"))
    return f"{settings.SESSION_COOKIE_NAME}={visitor.cookies[settings.SESSION_COOKIE_NAME].value}"


def posts(url: str, per_second: float, *, headers: dict[str, str] = PROXIED) -> Steady:
    """Return requests that each add another technology."""
    address = f"{url}/api/techs/"
    return Steady(url=address, requests=_posts(address, headers), per_second=per_second)


def accepted(answers: list[Answer]) -> None:
    """Fail if a POST was refused, or none was sent."""
    refused = [answer.status for answer in answers if answer.status != HTTPStatus.ACCEPTED]
    assert answers, "no POST was sent"
    assert not refused, f"{len(refused)} of {len(answers)} POSTs were not accepted: {sorted(set(refused))}"


def _posts(url: str, headers: dict[str, str]) -> Iterator[bytes]:
    run = client.unused()
    for number in count():
        yield client.request(url, headers | JSON, json.dumps({"text": f"steady {run}-{number}"}))

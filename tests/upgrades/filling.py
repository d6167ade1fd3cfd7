"""What a team does with an old version, by its own commands, pages and API."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from techlist.local.processes import wait_until
from tests.support.lifecycle_server import TEN, document, product, release
from tests.support.receiver import Receiver
from tests.support.servers import Servers
from tests.upgrades.installation import PASSWORD, Installation
from tests.upgrades.visitor import Visitor

# Names that the API of every version knows, in as far as it has them.
TEAM_FIELDS = [
    *["id", "name", "impact", "extended_support", "evergreen", "note", "hand_priority", "hand_review_on"],
    *["owner", "tags"],
]
TIMEOUT = 60.0

OUR_PRODUCTS = """
facts_as_of = 2026-11-01
[[product]]
slug = "our-shop"
title = "Our Shop"
lines = [{ name = "1", released = 2020-01-01, eol = 2024-01-01 }]
"""
PUBLIC_DATA = document(
    product(
        "django",
        release("3.2", isEol=True, eolFrom="2024-04-01"),
        release("5.2", eolFrom="2028-04-30"),
        identifiers=[{"type": "purl", "id": "pkg:pypi/django"}],
    ),
    product("redis", release("6.0", isEol=True, eolFrom="2023-01-01"), release("8.0", isEol=False, eolFrom=None)),
    *TEN,
)
_TECHS: list[dict[str, Any]] = [
    {"text": "Django 3.2", "impact": "normal"},
    {"text": "Redis 6.0", "extended_support": True},
    {"text": "Our Shop 1"},
    {"text": "Überwachung ÄÖ 日本 5"},
    {"text": "Intranet"},
    {"text": "Isolated 1"},
    {"text": "Mispelled 1"},
    {"text": "Twice 1"},
    {"text": "Twice One"},
    {"text": "Gone 1"},
]
IMPORT = {"lines": ["Django 5.2", "Imported 1", "# a comment", "Imported 2"], "owner": "Shop"}
IDEMPOTENCY_KEY = {"Idempotency-Key": "the same again"}


@dataclass
class Team:
    """A team's installation, and all that it was promised."""

    old: Installation
    release: str
    servers: Servers
    hook: Receiver
    visitor: Visitor = field(default_factory=Visitor)
    shown: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The technologies as the API shows them, by id."""
    unfinished: list[str] = field(default_factory=list)
    """Paths of accepted submissions that nobody has processed."""
    feed: str = ""

    @property
    def has_logins(self) -> bool:
        return self.release >= "0.2"

    @property
    def has_imports(self) -> bool:
        """Imports, webhooks, owners, undo and subscriptions came together."""
        return self.release >= "0.3"

    def set_up(self, directory: Path) -> None:
        """Make the tables, lifecycle data, a user and a token by commands."""
        self.old.prepare()
        file = directory / "products.toml"
        file.write_text(OUR_PRODUCTS)
        self.old.manage("load_products", str(file))
        self.old.manage("sync_lifecycles")
        self.old.manage("createsuperuser", "--no-input")
        if self.has_logins:
            self.visitor.token = self.old.make_token("ada")

    def work(self) -> None:
        """Use the list as a team does. Worker and beat are running."""
        visitor = self.visitor
        visitor.visit(self.old.url)
        visitor.log_in(username="ada", password=PASSWORD)
        self._add_group()
        for tech in _TECHS:
            self._post(tech)
        visitor.api("POST", "/api/techs/", {"text": "Once 1"}, **IDEMPOTENCY_KEY)
        visitor.api("POST", "/create", {"text": "Original 1"})
        visitor.submit("/", to="/add/", text="By the page 1", impact="high")
        if self.has_imports:
            self._add_webhook()
            self._subscribe()
            visitor.api("POST", "/api/imports/", IMPORT, **IDEMPOTENCY_KEY)
        self._wait_until_done()
        self._edit()

    def stop_working(self) -> None:
        """Write once more while no worker is running. Half of the messages get lost."""
        self._post({"text": "Lost message 1"}, keep=True)
        if self.has_imports:
            self.visitor.api("POST", "/api/imports/", {"lines": ["Late import 1", "Late import 2"]})
        with redis.Redis(port=self.servers.broker.port) as broker:
            broker.delete("celery", "imports")
        self._post({"text": "Waiting 1"}, keep=True)
        self._post({"text": "Redis 6.0", "impact": "low"}, keep=True)
        self._patch("Redis 6.0", impact="critical")
        if self.has_imports:
            self._patch("Django 3.2", hand_priority="low", hand_review_on="2990-01-01", note="Isolated.")
            self._patch("Imported 2", note="To be undone", evergreen=True)
            self.visitor.api("DELETE", f"/api/techs/{self.find('Imported 1')}/")
        self._read()

    def _post(self, tech: dict[str, Any], *, keep: bool = False) -> None:
        answer = self.visitor.api("POST", "/api/techs/", tech)
        if keep:
            self.unfinished.append(f"/api/submissions/{answer['submission']['id']}/")

    def _edit(self) -> None:
        self._patch("Intranet", evergreen=True, note="In-house.\nAsk Ada.")
        self._patch("Isolated 1", hand_priority="low", hand_review_on="2990-01-01", note="No network.")
        self._patch("Mispelled 1", text="Misspelled 1")
        self._patch("Twice One", text="Twice 1")
        self.visitor.api("DELETE", f"/api/techs/{self.find('Gone 1')}/")
        pk = self.find("Our Shop 1")
        self.visitor.submit(f"/techs/{pk}/", note="Changed on the page", impact="high")
        self.visitor.submit(f"/admin/techs/tech/{self.find('Once 1')}/change/", impact="normal", note="In the admin")
        if self.has_imports:
            self._patch("Original 1", owner="Team Blue", tags=["shop", "web"])

    def _patch(self, name: str, **values: Any) -> None:
        self.visitor.api("PATCH", f"/api/techs/{self.find(name)}/", values)

    def find(self, name: str) -> int:
        return {tech["name"]: int(tech["id"]) for tech in self.techs()}[name]

    def techs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.visitor.api("GET", "/api/techs/?page_size=500")["data"]
        return found

    def _wait_until_done(self) -> None:
        expected = {"Original 1", "By the page 1", "Once 1", *(" ".join(tech["text"].split()) for tech in _TECHS)}
        expected |= {"Imported 1", "Imported 2", "Django 5.2"} if self.has_imports else set()
        assert wait_until(lambda: expected <= {tech["name"] for tech in self.techs()}, timeout=TIMEOUT, step=0.2)

    def _read(self) -> None:
        """Read what the API shows. That also fills the cache."""
        self.visitor.api("GET", "/get")
        self.visitor.page("/")
        for tech in self.techs():
            self.shown[tech["id"]] = self.visitor.api("GET", f"/api/techs/{tech['id']}/")

    def _add_group(self) -> None:
        path = "/admin/auth/group/add/"
        choices = self.visitor.options(path)
        wanted = ["view facts load", "view notice", "view technology"] if self.has_imports else ["view facts load"]
        permissions = [value for label, value in choices.items() if label.endswith(tuple(wanted))]
        self.visitor.submit(path, name="Readers", permissions=permissions)

    def _add_webhook(self) -> None:
        fields = {"name": "Chat", "url": self.hook.url, "kind": "json", "is_active": "on", "days_ahead": "0"}
        self.visitor.submit("/admin/techs/webhook/add/", **fields)

    def _subscribe(self) -> None:
        page = self.visitor.submit("/subscriptions/", name="Calendar")
        self.feed = re.findall(r"/api/techs/changes\.atom\?token=[\w-]+", page)[0]

"""A local stand-in for the part of Techlist's API that a push uses, which keeps services and uploads in memory."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from techs.imports.identification import identify
from techs.imports.manifests import ManifestError, read
from techs.lifecycles import starter
from techs.rules.assessing import TextAssessor
from techs.rules.catalogue import ProductCatalogue
from techs.rules.kinds import Kind
from tests.support.loopback import Handler, serving

TODAY = date(2026, 11, 28)
LARGE = 20

Found = dict[str, dict[str, Any]]


@cache
def assessor() -> TextAssessor:
    return TextAssessor(catalogue=ProductCatalogue.of(starter.read_starter()), today=TODAY)


@dataclass
class Source:
    """A source with its origin, the content uploaded last, its technologies by name, and the id of the upload."""

    origin: str
    content: bytes
    found: Found
    upload: int


@dataclass
class Planned:
    """An answer given once instead of the real one. path: the end of the request's path."""

    path: str
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False
    """The request takes effect, but the connection ends without an answer."""


@dataclass
class ServicesAPI:
    """The services by slug with their sources by name, the uploads, and the requests received."""

    url: str
    lifecycles: bytes = b""
    token: str = ""
    polls: int = 0
    """How often each upload is still queued when somebody asks."""
    services: dict[str, dict[str, Source]] = field(default_factory=dict)
    uploads: dict[int, dict[str, Any]] = field(default_factory=dict)
    planned: list[Planned] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)

    def sources(self, service: str = "shop") -> dict[str, list[str]]:
        """Return the names of the technologies of each source that is not empty."""
        return {name: sorted(source.found) for name, source in self.services[service].items() if source.found}

    def paths(self, method: str) -> list[str]:
        return [path for each, path, _ in self.requests if each == method]


def services_api() -> AbstractContextManager[ServicesAPI]:
    """Run a server on a free port."""
    return serving(_Handler, lambda site: ServicesAPI(url=site))


def technologies(name: str, content: bytes) -> Found:
    """Return the technologies of a file as the API describes them."""
    found: Found = {}
    for number, entry in enumerate(identify(read(name, content), assessor()).entries):
        assessment = assessor().assess_text(entry.text, kind=entry.kind)
        item = {"id": number, "name": entry.text, "version": None, "priority": assessment.level.value}
        found[entry.text] = item | {"kind": Kind(entry.kind).value}
    return found


def differences(before: Found, after: Found) -> dict[str, Any]:
    levels = [item["priority"] for item in after.values() if item["kind"] == Kind.TRACKED]
    order = ("critical", "high", "medium", "unknown", "low")
    return {
        "added": [item for name, item in after.items() if name not in before],
        "removed": [item for name, item in before.items() if name not in after],
        "changed": [],
        "unchanged": len(before.keys() & after.keys()),
        "worst": {"id": 1, "name": "", "priority": min(levels, key=order.index)} if levels else None,
        "errors": [],
    }


class _Handler(Handler):
    wbufsize = 65_536  # head and body in one packet, so that no answer waits for an acknowledgement

    def do_GET(self) -> None:  # noqa: N802  http.server's name
        self._answer("GET")

    def do_POST(self) -> None:  # noqa: N802
        self._answer("POST")

    def do_PUT(self) -> None:  # noqa: N802
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        plan: ServicesAPI = self.server.plan
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        plan.requests.append((method, path, query))
        planned = next((each for each in plan.planned if path.endswith(each.path)), None)
        if planned:
            plan.planned.remove(planned)
            if planned.is_cut:
                self._route(plan, method, path, query, body)
                self.close_connection = True
            else:
                self._send(planned.status, planned.body, planned.headers)
        elif plan.token and self.headers.get("Authorization") != f"Token {plan.token}":
            self._send(401, {"detail": "Authentication credentials were not provided."})
        elif path == "/api/lifecycles/":
            self._send(200, plan.lifecycles)
        else:
            self._send(*self._route(plan, method, path, query, body))

    def _route(
        self, plan: ServicesAPI, method: str, path: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, Any]:
        missing = 404, {"detail": "Not found."}
        match [method, *path.strip("/").split("/")]:
            case ["POST", "api", "services"]:
                answer = self._create(plan, json.loads(body)["name"])
            case ["GET", "api", "uploads", number]:
                answer = 200, self._upload(plan, int(number))
            case [_, "api", "services", slug, *_] if slug not in plan.services:
                answer = missing
            case ["GET", "api", "services", slug]:
                answer = 200, self._service(plan.services[slug])
            case ["PUT", "api", "services", slug, "sources", *source]:
                answer = self._put(plan, plan.services[slug], "/".join(source), query, body)
            case ["POST", "api", "services", slug, "complete"]:
                answer = self._complete(plan, plan.services[slug], json.loads(body))
            case _:
                answer = missing
        return answer

    def _create(self, plan: ServicesAPI, name: str) -> tuple[int, Any]:
        slug = name.lower().replace(" ", "-")
        status = 200 if slug in plan.services else 201
        plan.services.setdefault(slug, {})
        return status, {"slug": slug}

    def _service(self, sources: dict[str, Source]) -> dict[str, Any]:
        used = [(name, item) for name, source in sources.items() for item in source.found.values()]
        techs = [item | {"uses": [{"source": name, "versions": [], "since": ""}]} for name, item in used]
        return {"sources": [{"name": name, "origin": each.origin} for name, each in sources.items()], "techs": techs}

    def _put(
        self, plan: ServicesAPI, sources: dict[str, Source], name: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, Any]:
        before = sources.get(name)
        if before and before.content == body:
            return 200, {"upload": {"id": before.upload, "state": "done", "url": ""}}
        try:
            found = technologies(name, body)
        except ManifestError as error:
            return 400, {"file": [str(error)]}
        difference = differences(before.found if before else {}, found)
        if query.get("dry_run") == ["1"]:
            return 200, difference
        removes, of = len(difference["removed"]), len(before.found if before else {})
        if removes > LARGE and 2 * removes > of and query.get("confirm") != ["large"]:
            return 409, {"detail": f"This would remove {removes} of {of} technologies.", "removes": removes, "of": of}
        sources[name] = Source(query["origin"][0], body, found, self._add_upload(plan, difference))
        return 202, {"upload": {"id": sources[name].upload, "state": "queued", "url": ""}}

    def _complete(self, plan: ServicesAPI, sources: dict[str, Source], body: dict[str, Any]) -> tuple[int, Any]:
        gone = [name for name, each in sources.items() if each.origin == body["origin"] and name not in body["sources"]]
        uploads = []
        for name in gone:
            number = self._add_upload(plan, differences(sources[name].found, {}))
            sources[name] = Source(body["origin"], b"", {}, number)
            plan.uploads[number]["source"] = name
            uploads.append({"id": number, "state": "queued", "url": ""})
        return 202, {"uploads": uploads}

    def _add_upload(self, plan: ServicesAPI, difference: dict[str, Any]) -> int:
        number = len(plan.uploads) + 1
        plan.uploads[number] = {"id": number, "polls": plan.polls, **difference}
        return number

    def _upload(self, plan: ServicesAPI, number: int) -> dict[str, Any]:
        upload = plan.uploads[number]
        upload["polls"] -= 1
        return {"state": "done", **upload} if upload["polls"] < 0 else {"id": number, "state": "queued"}

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

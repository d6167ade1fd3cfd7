"""The web server repeats a response only to a request that Django would answer with the same bytes."""

import json
from collections.abc import Generator
from http.client import HTTPConnection
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.factories import add
from tests.support.servers import Servers
from tests.support.services import Web, place, running

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]

Headers = list[tuple[str, str]]

TARGETS = [
    *(
        "/get?",
        "/get/",
        "//get",
        "/%67et",
        "/get%3F",
        "/get;a=b",
        "/a/../get",
        "/get#a",
        "/get?format=api",
        "/get?a=%FF",
    ),
    *("/api/techs/?page_size=1&page_size=2", "/api/techs/?q=%00", "/api/techs/?q=\xfc", "/api/techs/?q=%C3%BC&q=a"),
    *(
        "/api/techs/?ordering=name&priority=high",
        "/api/techs/?priority=high&ordering=name",
        "/api/techs/?q=" + "a" * 6000,
    ),
    *(
        "/api/techs/?cursor=a",
        "/api/techs/export.csv?token=a",
        "/api/techs/changes.atom?q=%3Cb%3E",
        "/get?" + "a" * 60000,
    ),
]
HEADERS: list[Headers] = [
    *([("Accept-Encoding", value)] for value in ("gzip;q=0", "*;q=0, gzip", "GZIP", "gzip;q=0.001", "gzip ;Q=0.00")),
    *([("Accept-Encoding", value)] for value in ("gzip, gzip;q=0", "identity;q=0", "x-gzip", "", "br;q=1, gzip;q=0.1")),
    [("Accept-Encoding", "br"), ("Accept-Encoding", "gzip")],
    *([("If-None-Match", value)] for value in ("*", '"*"', "W/*", "a", '"a"', "", ",", '"a", *', "{etag}, {etag}")),
    *([("If-None-Match", value)] for value in ("{strong}", "{etag}", ' "a" ,W/"b",{etag}', "{bare}", "w/{strong}")),
    [("If-None-Match", '"a"'), ("If-None-Match", "{etag}")],
    [("If-None-Match", "{etag}"), ("Accept-Encoding", "gzip")],
    [("If-None-Match", '"a"'), ("If-Modified-Since", "Sat, 28 Nov 2026 00:00:00 GMT")],
    [("If-Modified-Since", "Fri, 28 Nov 2036 00:00:00 GMT")],
    *([("If-Match", value)] for value in ("*", "{etag}", '"a"')),
    *([("Range", "bytes=0-9")], [("If-Range", "{etag}"), ("Range", "bytes=0-9")], [("Content-Length", "0")]),
    *(
        [("Accept", value)]
        for value in ("*/*", "text/html", "application/xml", "application/json;q=0.1, text/html", "")
    ),
    [("Accept", "text/html"), ("Accept", "application/json")],
    *([("Accept", "text/html"), ("If-None-Match", value)] for value in ("{etag}", "*")),
    *([("X-Forwarded-Proto", value)] for value in ("https", "https,http", "ftp", "")),
    *([(name, "example.org")] for name in ("X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "X-Original-URL")),
    *([(name, "1")] for name in ("X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Prefix", "Script-Name", "Via")),
    *(
        [("X-HTTP-Method-Override", "DELETE")],
        [("X_Forwarded_Proto", "https")],
        [("X-Requested-With", "XMLHttpRequest")],
    ),
    *([("HX-Request", "true")], [("Accept-Language", "de")], [("User-Agent", "\xfc")], [("Cache-Control", "no-cache")]),
    *([("Authorization", value)] for value in ("", "Token a", "Basic YTpi", "Bearer \xfc")),
    *([("Cookie", value)] for value in ("", "a=b", "sessionid=a", "csrftoken=a")),
    *([("Origin", value)] for value in ("null", "https://example.org", "")),
    *(
        [("Host", value)]
        for value in ("example.org", "LOCALHOST", "localhost:80", "localhost.", "", "[::1]", "a b", "a@b")
    ),
]


class Requests:
    """A connection that sends requests unchanged."""

    def __init__(self, web: Web) -> None:
        self._place = urlsplit(web.url).netloc

    def send(self, method: str, target: str, headers: Headers) -> tuple[int, dict[str, Any], bytes]:
        connection = HTTPConnection(self._place, timeout=20)
        connection._validate_path = lambda _: None  # type: ignore[attr-defined]
        connection._encode_request = lambda request: request.encode("latin-1")  # type: ignore[attr-defined]
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": "localhost", "Accept": "application/json"}.items():
            if name not in dict(headers):
                connection.putheader(name, value)
        for name, value in headers:
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders()
        response = connection.getresponse()
        shown = {name.lower(): sorted(value.split("; ")) for name, value in response.getheaders()}
        is_html = shown.get("content-type", [""])[-1] == "text/html"
        # Pages and cookies contain random numbers. Neither is ever kept.
        content = b"" if is_html else response.read()
        for name in {"date", "set-cookie", *(["content-security-policy"] if is_html else [])} & shown.keys():
            shown[name] = ["random"]
        shown.pop("x-request-id", None)  # repetitions have none
        connection.close()
        return response.status, shown, content


@pytest.fixture
def far(servers: Servers, process_env: dict[str, str]) -> Generator[Requests, None, None]:
    """The same list, without the near cache."""
    add("Django 3.2")
    add("Python 3.14")
    with running(Web(**place(servers), env=process_env | {"TECHLIST_NEAR_CACHE": "0"}, name="web-far")) as web:
        yield Requests(web)


def filled(headers: Headers, etag: str) -> Headers:
    strong = etag.removeprefix("W/")
    return [(name, value.format(etag=etag, strong=strong, bare=strong.strip('"'))) for name, value in headers]


@pytest.mark.parametrize("text", ["café", "日本"])
@pytest.mark.parametrize("path", ["/api/techs/?ordering=name&", "/?"])
def test_queries_that_are_not_encoded(web_process: Web, text: str, path: str) -> None:
    """As curl sends them."""
    add(f"{text} 1")
    add("another")
    status, _, content = Requests(web_process).send("GET", f"{path}q={text.encode().decode('latin-1')}", [])
    assert status == 200
    if content:
        assert [row["name"] for row in json.loads(content)["data"]] == [f"{text} 1"]


def test_odd_requests(far: Requests, web_process: Web) -> None:
    near = Requests(web_process)
    cases = [*product(["/get", "/api/techs/badge.svg"], HEADERS), *product(TARGETS, [[]])]
    for target, headers in cases:
        etag = near.send("GET", target.partition("#")[0], [])[1].get("etag", ["W/x"])[0]
        sent = filled(headers, etag)
        for method in ("GET", "HEAD"):
            far.send(method, target, sent)
            near.send(method, target, sent)
            expected, answered = far.send(method, target, sent), near.send(method, target, sent)
            assert answered == expected, (method, target, sent)

"""The web server repeats responses of cached pages without Django, and never a stale one.

A read through Django asks Redis for the token and the page. A repeated one asks for the token only.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from techlist.local.processes import wait_until
from techs import cache
from techs.models import Tech
from tests.faults.faults import Faults
from tests.support.factories import add
from tests.support.servers import Servers, Valkey
from tests.support.services import Web, place, running

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]

JSON = {"Accept": "application/json"}
PATHS = [
    "/get",
    "/api/state/",
    "/api/views/",
    "/api/techs/?page_size=1",
    "/api/techs",
    "/api/techs/export.csv",
    "/api/techs/changes.atom",
    "/api/techs/badge.svg?priority=high",
    "/api/services/",
    "/api/resolved/?q=a",
    "/api/lifecycles/",
]


@dataclass
class Site:
    """A web server and its Redis."""

    client: httpx.Client
    valkey: Valkey
    redis: redis.Redis

    def get(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        return self.client.request(method, path, headers={name.replace("_", "-"): headers[name] for name in headers})

    def warm(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        """Read until the response is kept, if it ever is."""
        for _ in range(6):
            response = self.get(path, method=method, **headers)
        return response

    def repeats(self, path: str, *, method: str = "GET", **headers: str) -> bool:
        """Read once, and return whether the response was repeated without Django."""
        return self.valkey.is_only_asked_for_token(lambda: self.get(path, method=method, **headers))


@contextmanager
def site(web: Web, servers: Servers) -> Generator[Site, None, None]:
    with (
        httpx.Client(base_url=web.url, headers={"Accept": "application/json"}, timeout=20) as client,
        redis.Redis(port=servers.cache.port) as connection,
    ):
        client.headers["Accept-Encoding"] = "identity"
        yield Site(client, servers.cache, connection)


@pytest.fixture
def near(web_process: Web, servers: Servers) -> Generator[Site, None, None]:
    add("Django 3.2")
    add("Python 3.14")
    with site(web_process, servers) as found:
        yield found


@pytest.fixture
def far(servers: Servers, process_env: dict[str, str]) -> Generator[Site, None, None]:
    """The same list, without the near cache."""
    with (
        running(Web(**place(servers), env=process_env | {"TECHLIST_NEAR_CACHE": "0"}, name="web-far")) as web,
        site(web, servers) as found,
    ):
        yield found


def shown(response: httpx.Response) -> Mapping[str, Any]:
    headers = {name: value for name, value in response.headers.items() if name not in {"date", "x-request-id"}}
    # Each process has an order of its own.
    return headers | {"content-security-policy": sorted(headers["content-security-policy"].split("; "))}


def names(response: httpx.Response) -> list[str]:
    return sorted(row["name"] for row in response.json()["data"])


def test_every_answer_is_that_of_django(near: Site, far: Site) -> None:
    far_host = {"Host": far.client.base_url.netloc.decode()}
    for path in PATHS:
        etag = near.warm(path, **far_host).headers["ETag"]
        for method in ("GET", "HEAD"):
            for headers in ({}, {"If_None_Match": etag}, {"If_None_Match": f'"a", {etag}'}, {"If_None_Match": '"b"'}):
                asked = far_host | headers
                assert near.repeats(path, method=method, **asked), (path, method, headers)
                repeated, original = (each.get(path, method=method, **asked) for each in (near, far))
                assert repeated.status_code == original.status_code == (304 if etag in str(headers) else 200)
                assert (shown(repeated), repeated.content) == (shown(original), original.content), (path, method)


def test_client_that_only_revalidates(near: Site) -> None:
    etag = near.get("/get").headers["ETag"]
    assert near.warm("/get", If_None_Match=etag).status_code == 304
    assert near.repeats("/get", If_None_Match=etag)
    add("Java 8")
    assert names(near.get("/get", If_None_Match=etag)) == ["Django 3.2", "Java 8", "Python 3.14"]


def test_head_and_get_share_a_response(near: Site) -> None:
    assert near.warm("/get", method="HEAD").content == b""
    assert near.repeats("/get")
    assert names(near.get("/get")) == ["Django 3.2", "Python 3.14"]


def test_changes_show_at_once(near: Site) -> None:
    for number in range(5):
        near.warm("/get")
        assert near.repeats("/get")
        add(f"Java {number}")
        assert len(near.get("/get").json()["data"]) == number + 3


def test_pages_of_two_servers(near: Site, servers: Servers, process_env: dict[str, str]) -> None:
    with running(Web(**place(servers), env=process_env, name="web-second")) as web, site(web, servers) as second:
        for number in range(3):
            assert names(near.warm("/get")) == names(second.warm("/get"))
            add(f"Java {number}")
            assert len(second.get("/get").json()["data"]) == len(near.get("/get").json()["data"]) == number + 3


def test_two_versions_during_a_rolling_update(
    near: Site, servers: Servers, process_env: dict[str, str], tmp_path: Path
) -> None:
    """Both answer for themselves only, also to a client that has the other's content of the same rows."""
    env = process_env | Faults(directory=str(tmp_path), version="next").environ()
    web = Web(**place(servers), env=env, name="web-next", application="tests.faults.web_app:application")
    with running(web), site(web, servers) as newer:
        for number in range(3):
            etag, newer_etag = (each.warm("/get").headers["ETag"] for each in (near, newer))
            for each, own, others, version in ((near, etag, newer_etag, None), (newer, newer_etag, etag, "next")):
                assert each.warm("/get", If_None_Match=own).status_code == 304
                response = each.warm("/get", If_None_Match=others)
                assert each.repeats("/get", If_None_Match=others)
                assert (response.json().get("version"), len(names(response))) == (version, number + 2)
            add(f"Java {number}")


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "a=b"},
        {"Origin": "https://example.org"},
        {"Range": "bytes=0-1"},
        {"If_Match": '"a"'},
        {"If_Unmodified_Since": "Sat, 28 Nov 2026 00:00:00 GMT"},
        {"Content_Length": "0"},
    ],
)
def test_requests_for_django(near: Site, headers: dict[str, str]) -> None:
    near.warm("/get")
    near.warm("/get", **headers)
    assert not near.repeats("/get", **headers)


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/techs/?page_size=a", "/api/techs/1/", "/none"])
def test_other_responses_are_not_kept(near: Site, path: str) -> None:
    near.warm(path)
    assert not near.repeats(path)


def test_answers_differ_by_what_they_depend_on(near: Site) -> None:
    for host in ("localhost", "127.0.0.1"):
        assert f"http://{host}/api/techs/?" in near.warm("/api/techs/?page_size=1", Host=host).json()["next"]
    kinds = [near.warm("/get", Accept=accept).headers["Content-Type"] for accept in ("application/json", "text/html")]
    assert kinds == ["application/json", "text/html; charset=utf-8"]


def test_https_is_another_answer(https_web_process: Web, servers: Servers) -> None:
    add("Django 3.2")
    add("Python 3.14")
    with site(https_web_process, servers) as page:
        for scheme in ("https", "http", "https"):
            response = page.warm("/api/techs/?page_size=1", X_Forwarded_Proto=scheme)
            assert response.json()["next"].startswith(f"{scheme}://")
            assert ("Strict-Transport-Security" in response.headers) == (scheme == "https")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        *[(value, "gzip") for value in ("gzip", "GZIP ; Q=0.001", "br;q=0.5, gzip", "gzip, br;q=0", "*;q=0, gzip")],
        *[(value, "br") for value in ("br", "gzip, deflate, br, zstd", "gzip;q=0.5, br;q=1.000", "gzip;q=0, br")],
        *[(value, None) for value in ("", "*", "identity", "gzip;q=0", "br; q=0.000, gzip;q=a", "x-gzip, brotli")],
        *[("br, identity", "br"), ("identity;q=0.8, gzip;q=0.5", None)],
    ],
)
def test_compressed_once(near: Site, accepted: str, coding: str | None) -> None:
    plain = near.warm("/get")
    packed = near.warm("/get", Accept_Encoding=accepted)
    assert near.repeats("/get", Accept_Encoding=accepted)
    assert (packed.headers.get("Content-Encoding"), packed.content) == (coding, plain.content)
    assert packed.headers["ETag"] == plain.headers["ETag"]
    is_smaller = int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert is_smaller == (coding is not None)
    for response in (plain, packed):
        assert {"Accept", "Accept-Encoding"} <= set(response.headers["Vary"].split(", "))


@pytest.mark.parametrize("name", ["If_None_Match", "Accept_Encoding"])
@pytest.mark.parametrize(("length", "is_repeated"), [(2_000, True), (6_000, False)])
def test_long_headers_go_to_django(near: Site, name: str, length: int, is_repeated: bool) -> None:  # noqa: FBT001
    headers = {name: "a," * length}
    near.warm("/get", **headers)
    assert near.repeats("/get", **headers) == is_repeated


def test_clients_with_equal_wishes_share_a_response(near: Site) -> None:
    near.warm("/get", Accept_Encoding="br;q=0.5, gzip")
    assert near.repeats("/get", Accept_Encoding="gzip, deflate")


def test_token_stays_inside(near: Site) -> None:
    response = near.warm("/get", Page_Token="x")
    token = str(near.redis.get(cache.token_key()))[2:-1]
    assert token.startswith("t")
    assert token not in f"{response.headers}{response.text}"


def test_writes_have_new_request_ids(near: Site) -> None:
    near.warm("/api/techs/")
    ids = {near.client.post("/api/techs/", json={"text": "Go 1.20"}).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


def test_repetitions_have_no_request_id(near: Site) -> None:
    """They are no part of the request whose response they are."""
    assert near.get("/api/techs/", X_Request_ID="first").headers["X-Request-ID"] == "first"
    near.warm("/api/techs/")
    assert "X-Request-ID" not in near.get("/api/techs/", X_Request_ID="last").headers
    etag = near.get("/api/techs/").headers["ETag"]
    assert "X-Request-ID" not in near.get("/api/techs/", If_None_Match=etag).headers


def test_evicted_token(near: Site) -> None:
    near.warm("/get")
    # Without invalidation, to see that nothing kept is used.
    Tech.objects.update(name="Changed")
    near.redis.delete(cache.token_key())
    assert names(near.get("/get")) == ["Changed", "Changed"]


def test_revived_token_after_a_new_connection(near: Site) -> None:
    near.warm("/get")
    assert near.repeats("/get")
    # As after a restart from a snapshot.
    near.redis.client_kill_filter(_type="normal", skipme=True)
    assert not near.repeats("/get")


def test_redis_that_restarts_empty(near: Site, redis_cache: Valkey) -> None:
    near.warm("/get")
    add("Java 8")
    redis_cache.kill()
    assert len(near.get("/get").json()["data"]) == 3
    redis_cache.start()
    Tech.objects.update(name="Changed")
    assert names(near.get("/get")) == ["Changed"] * 3


def test_redis_that_stalls(near: Site, redis_cache: Valkey) -> None:
    near.warm("/get")
    redis_cache.pause()
    Tech.objects.update(name="Changed")
    response = near.get("/get")
    redis_cache.resume()
    assert (response.json()["isCached"], names(response)) == (False, ["Changed"] * 2)
    cache.invalidate()
    assert wait_until(lambda: near.repeats("/get"), timeout=60)

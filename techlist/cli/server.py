"""The API of a Techlist server, as far as a push needs it. Waits and tries again as the server asks."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from typing import Any, Self
from urllib.parse import quote

import httpx

from techlist import __version__
from techlist.cli.outcomes import Mistake, NotAllowed
from techs.net.http import error_summary, retry_at

_BUSY = frozenset(
    (
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    )
)
# Such an error may be over in a moment.
_PASSING = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.TimeoutException)
_CONNECT, _SILENCE = 10.0, 60.0  # seconds
_TRIES = 4  # without any answer
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0


class Refused(Exception):
    """The server refused a request. The message is the server's own."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(_words(body) or f"The server answered {status}.")
        self.status = status
        self.body: Mapping[str, Any] = body if isinstance(body, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. is_repeated: an earlier try may have reached the server."""

    status: int
    body: Mapping[str, Any]
    is_repeated: bool = False


@dataclass(slots=True)
class Patience:
    """Gives up when nothing has moved for `timeout` seconds: since the last restart()."""

    timeout: float
    _until: float = 0.0

    def restart(self) -> None:
        self._until = time.monotonic() + self.timeout

    @property
    def left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def wait(self, seconds: float, *, problem: str) -> None:
        """Sleep. Raises Mistake if that would take too long."""
        if seconds > self.left:
            raise Mistake(f"{problem} Gave up after {self.timeout:g} seconds (--timeout).")
        time.sleep(seconds)


class Server:
    """A connection to a server. Its methods raise Refused, or Mistake if there is no use in going on."""

    def __init__(self, url: str, *, token: str, timeout: float) -> None:
        self.url = url.rstrip("/")
        self.patience = Patience(timeout)
        headers = {"Accept": "application/json", "User-Agent": f"techlist/{__version__}"}
        if token:
            headers["Authorization"] = f"Token {token}"
        try:
            self._client = httpx.Client(
                base_url=self.url,
                headers=headers,
                timeout=httpx.Timeout(min(_SILENCE, timeout), connect=min(_CONNECT, timeout)),
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise Mistake(f"--server: {error_summary(error)}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def create_service(self, name: str) -> str:
        """Create a service unless it exists, and return its slug."""
        self.patience.restart()
        body = self._send("POST", "/api/services/", json={"name": name}).body
        if "slug" not in body:
            raise self._stranger()
        return str(body["slug"])

    def service(self, slug: str) -> Mapping[str, Any]:
        """Return a service with its sources and technologies."""
        self.patience.restart()
        return self._send("GET", f"/api/services/{quote(slug, safe='')}/").body

    def upload(self, service: str, source: str, content: bytes, **parameters: str) -> tuple[bool, Mapping[str, Any]]:
        """Upload a file. Return True if it is new, and the upload or, for a dry run, the differences."""
        self.patience.restart()
        path = f"/api/services/{quote(service, safe='')}/sources/{quote(source, safe='/')}/"
        answer = self._send(
            "PUT", path, content=content, params=parameters, headers={"Content-Type": "application/octet-stream"}
        )
        is_new = answer.status == HTTPStatus.ACCEPTED or answer.is_repeated
        return is_new, answer.body.get("upload") or answer.body

    def complete(self, service: str, origin: str, sources: list[str], **parameters: str) -> list[Mapping[str, Any]]:
        """Report all sources of an origin, so that the others are emptied. Return the uploads that do so."""
        self.patience.restart()
        path = f"/api/services/{quote(service, safe='')}/complete/"
        answer = self._send("POST", path, json={"origin": origin, "sources": sources}, params=parameters)
        return list(answer.body.get("uploads") or [])

    def finished(self, upload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Wait until an upload is no longer queued, and return its result."""
        wait = _FIRST_WAIT / 2
        self.patience.restart()
        while True:
            if "id" not in upload:
                raise self._stranger()
            body = self._send("GET", f"/api/uploads/{quote(str(upload['id']), safe='')}/").body
            result: Mapping[str, Any] = body.get("upload") or body
            if result.get("state") != "queued":
                return result
            self.patience.wait(wait, problem="The server has accepted the files, but not finished with them.")
            wait = min(2 * wait, _LONGEST_WAIT)

    def _send(self, method: str, path: str, **request: Any) -> Answer:
        is_repeated = False
        for attempt in count():
            wait = min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT)
            try:
                response = self._client.request(method, path, **request)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                problem = f"Cannot reach {self.url}: {error_summary(error)}."
                if attempt + 1 == _TRIES or not isinstance(error, _PASSING):
                    raise Mistake(problem) from error
                is_repeated = True
            else:
                if response.status_code not in _BUSY:
                    return Answer(response.status_code, self._body(response), is_repeated)
                problem = _words(_json(response)) or f"{self.url} answered {response.status_code}."
                wait = _asked(response) or wait
            self.patience.wait(wait, problem=problem)
        raise AssertionError  # count() does not end

    def _stranger(self) -> Mistake:
        return Mistake(f"{self.url} does not answer like Techlist. Check --server.")

    def _body(self, response: httpx.Response) -> Mapping[str, Any]:
        if response.is_redirect:
            raise Mistake(f"{self.url} redirects to {response.headers.get('Location')}. Use that address as --server.")
        body = _json(response)
        if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise NotAllowed(f"{_words(body) or 'Not allowed.'} Set TECHLIST_TOKEN to a token that may do this.")
        if response.is_error:
            raise Refused(response.status_code, body)
        if not isinstance(body, dict):
            raise self._stranger()
        return body


def _asked(response: httpx.Response) -> float | None:
    """Return the seconds that the server asks to wait."""
    now = datetime.now(UTC)
    at = retry_at(response.headers.get("Retry-After", ""), now=now)
    return (at - now).total_seconds() if at else None


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _words(body: Any) -> str:
    """Return the message of an error: {"detail": ...} or {"field": [...]}."""
    if not isinstance(body, dict):
        return ""
    if isinstance(detail := body.get("detail"), str):
        return detail
    messages = (
        (field, " ".join(map(str, each)) if isinstance(each, list) else str(each)) for field, each in body.items()
    )
    return " ".join(text if field == "file" else f"{field}: {text}" for field, text in messages)

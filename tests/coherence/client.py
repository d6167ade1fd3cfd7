"""Talk to an installation over HTTP: to the API as a program, to the admin as a browser."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import httpx

TIMEOUT = 10.0
LOGIN_TIMEOUT = 60.0
# Seconds until the next try of a failed write, and until the next poll of a submission.
AGAIN_AFTER = 0.1
POLL_AFTER = 0.01
_MAY_PASS = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class GaveUpError(Exception):
    """The installation kept failing for too long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Api:
    """A connection for one thread. If it is lost, the next call opens a new one."""

    url: str
    token: str = ""
    _connection: HTTPConnection | None = field(default=None, init=False)

    def call(self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request. Raises OSError or HTTPException if no answer comes."""
        sent = {"Accept": "application/json"} | dict(headers or {})
        if self.token:
            sent["Authorization"] = f"Token {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = self._connection or connect(self.url)
        self._connection = None
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        self._connection = connection
        return answer

    def insist(self, method: str, path: str, *, timeout: float, **request: Any) -> Answer:
        """Repeat a request until its answer is final. Raises GaveUpError when the time is up.

        The request must be safe to repeat: the answer to an earlier try may have been lost.
        """
        deadline = time.monotonic() + timeout
        problem = ""
        while time.monotonic() < deadline:
            try:
                answer = self.call(method, path, **request)
            except (OSError, HTTPException) as error:
                problem = repr(error)
            else:
                if answer.status not in _MAY_PASS:
                    return answer
                problem = f"{answer.status} {answer.body[:200]!r}"
            time.sleep(AGAIN_AFTER)
        raise GaveUpError(f"{method} {path}: {problem}")

    def wait_done(self, submission: str, *, timeout: float) -> dict[str, Any]:
        """Poll a submission until it is done. Raises GaveUpError if it fails or takes too long."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            answer = self.insist("GET", f"/api/submissions/{submission}/", timeout=timeout)
            answered: dict[str, Any] = answer.json()
            if answered["state"] == "done":
                return answered
            if answered["state"] == "failed":
                raise GaveUpError(f"submission {submission} failed: {answered['error']}")
            time.sleep(POLL_AFTER)
        raise GaveUpError(f"submission {submission} was not done in {timeout:.0f} s")


class Admin:
    """A user of the admin, for one thread."""

    # Hidden fields of a form: its token and the number of rows of each inline.
    _HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
    _FRONT = "/admin/"

    def __init__(self, url: str, *, username: str, password: str) -> None:
        """Log in. Raises GaveUpError if the user may not."""
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT, follow_redirects=True)
        data = {"username": username, "password": password, "next": self._FRONT}
        entered = self._log_in(data)
        if entered.status_code == HTTPStatus.FORBIDDEN and entered.url.scheme == "http":
            raise GaveUpError("The login needs cookies that only travel over HTTPS: give the https address.")
        if entered.url.path != self._FRONT:
            raise GaveUpError(f"The admin does not let this person in ({entered.status_code}).")

    def _log_in(self, data: Mapping[str, str]) -> httpx.Response:
        """Submit the form of the login until the server has time for it: hashing a password takes a while."""
        deadline = time.monotonic() + LOGIN_TIMEOUT
        while True:
            try:
                page = self._client.get("/admin/login/", params={"next": self._FRONT})
                answer = self._submit(str(page.url), page.text, data) if page.is_success else page
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise GaveUpError(f"The login was not answered in {LOGIN_TIMEOUT:.0f} s: {error!r}") from error
            else:
                if answer.status_code not in _MAY_PASS or time.monotonic() > deadline:
                    return answer
            time.sleep(AGAIN_AFTER)

    def edit(self, pk: int, *, note: str, timeout: float) -> None:
        path = f"/admin/techs/tech/{pk}/change/"
        self._insist(path, {"impact": "normal", "note": note}, timeout=timeout)

    def delete(self, pk: int, *, timeout: float) -> None:
        """Delete a technology. One that is already gone counts as deleted."""
        self._insist(f"/admin/techs/tech/{pk}/delete/", {"post": "yes"}, timeout=timeout)

    def _insist(self, path: str, data: Mapping[str, str], *, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                page = self._client.get(path)
                # For a row that is gone, the admin redirects to its front page.
                if page.is_success and page.url.path == self._FRONT:
                    return
                if page.is_success and page.url.path != path:
                    raise GaveUpError(f"The admin answers {path} with {page.url.path}.")
                if page.is_success and self._is_done(self._submit(path, page.text, data), path):
                    return
            except httpx.TransportError:
                pass  # retried, as a person would
            time.sleep(AGAIN_AFTER)
        raise GaveUpError(f"POST {path}: no success in {timeout:.0f} s")

    def _submit(self, path: str, page: str, data: Mapping[str, str]) -> httpx.Response:
        hidden = dict(self._HIDDEN.findall(page))
        if "csrfmiddlewaretoken" not in hidden:
            raise GaveUpError(f"{path} has no form.")
        # Over HTTPS, Django checks the Referer of a form.
        referer = str(self._client.base_url.join(path))
        return self._client.post(path, data=hidden | dict(data), headers={"Referer": referer})

    @staticmethod
    def _is_done(answer: httpx.Response, path: str) -> bool:
        """Return whether a form was accepted. A refused one is shown again with its errors."""
        if answer.is_success and answer.url.path == path:
            raise GaveUpError(f"The admin does not take the form at {path}.")
        return answer.is_success


def connect(url: str, *, timeout: float = TIMEOUT) -> HTTPConnection:
    address = urlsplit(url)
    return (HTTPSConnection if address.scheme == "https" else HTTPConnection)(address.netloc, timeout=timeout)

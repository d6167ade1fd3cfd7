"""Talks to an installation over HTTP: the API as a program does, the admin as a person does."""

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
# Seconds until an unanswered or refused write is tried again, and until an unfinished submission is asked for again.
AGAIN_AFTER = 0.1
POLL_AFTER = 0.01
_MAY_PASS = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY}


class GaveUpError(Exception):
    """The installation did not do what it must, however often it was asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(slots=True)
class Api:
    """One connection, for one thread. A connection that was lost is opened again with the next call."""

    url: str
    token: str = ""
    _connection: HTTPConnection | None = field(default=None, init=False)

    def call(self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask once. Raises OSError or HTTPException if no answer comes."""
        sent = {"Accept": "application/json"} | dict(headers or {})
        if self.token:
            sent["Authorization"] = f"Token {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = self._connection or _connect(self.url)
        self._connection = None
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        self._connection = connection
        return answer

    def insist(self, method: str, path: str, *, timeout: float, **request: Any) -> Answer:
        """Ask until there is an answer that will not change by asking again. Raises GaveUpError after the patience.

        What is asked for must be safe to repeat: the answer to an earlier try may have been lost.
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
        """Ask for a submission until it is done. Raises GaveUpError if it fails or takes too long."""
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
    """A person logged in to the admin, for one thread."""

    # What a form sends along by itself: its token, and how many rows it has of each table.
    _HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
    _FRONT = "/admin/"

    def __init__(self, url: str, *, username: str, password: str) -> None:
        """Log in. Raises GaveUpError if that person may not."""
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT, follow_redirects=True)
        page = self._client.get("/admin/login/", params={"next": self._FRONT})
        data = {"username": username, "password": password, "next": self._FRONT}
        entered = self._submit(str(page.url), page.text, data)
        if entered.status_code == HTTPStatus.FORBIDDEN and page.url.scheme == "http":
            raise GaveUpError("The login needs cookies that only travel over HTTPS: give the https address.")
        if entered.url.path != self._FRONT:
            raise GaveUpError("The admin does not let this person in.")

    def edit(self, pk: int, *, note: str, timeout: float) -> None:
        """Change the note of a technology."""
        path = f"/admin/techs/tech/{pk}/change/"
        self._insist(path, {"impact": "normal", "note": note}, timeout=timeout)

    def delete(self, pk: int, *, timeout: float) -> None:
        """Take a technology off the list. One that is gone already is what was wanted."""
        self._insist(f"/admin/techs/tech/{pk}/delete/", {"post": "yes"}, timeout=timeout)

    def _insist(self, path: str, data: Mapping[str, str], *, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                page = self._client.get(path)
                # The admin sends whoever asks for a row that is gone to its front page.
                if page.is_success and page.url.path == self._FRONT:
                    return
                if page.is_success and page.url.path != path:
                    raise GaveUpError(f"The admin answers {path} with {page.url.path}.")
                if page.is_success and self._is_done(self._submit(path, page.text, data), path):
                    return
            except httpx.TransportError:
                pass  # tried again, as a person would
            time.sleep(AGAIN_AFTER)
        raise GaveUpError(f"POST {path}: no success in {timeout:.0f} s")

    def _submit(self, path: str, page: str, data: Mapping[str, str]) -> httpx.Response:
        hidden = dict(self._HIDDEN.findall(page))
        if "csrfmiddlewaretoken" not in hidden:
            raise GaveUpError(f"{path} has no form.")
        # Over HTTPS, Django asks for the page that the form came from.
        referer = str(self._client.base_url.join(path))
        return self._client.post(path, data=hidden | dict(data), headers={"Referer": referer})

    @staticmethod
    def _is_done(answer: httpx.Response, path: str) -> bool:
        """Whether a form was taken. One that was not is shown again, with what is wrong."""
        if answer.is_success and answer.url.path == path:
            raise GaveUpError(f"The admin does not take the form at {path}.")
        return answer.is_success


def _connect(url: str) -> HTTPConnection:
    address = urlsplit(url)
    if address.scheme == "https":
        return HTTPSConnection(address.netloc, timeout=TIMEOUT)
    return HTTPConnection(address.netloc, timeout=TIMEOUT)

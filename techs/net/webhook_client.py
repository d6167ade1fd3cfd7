"""One POST to an address that somebody typed: bounded in time, never redirected, and not into the own network.

The name is resolved once, and the connection goes to the very address that was checked: a name that answers
differently the next time leads nowhere else. Proxies of the environment would resolve it themselves, so none is used.
"""

import asyncio
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from techs.net import http
from techs.net.address_policy import check_url, is_public
from techs.net.http import error_summary, retry_at

# Addresses of one name to try, if the first ones accept no connection.
_TRIES = 3
_PORTS = {"https": 443, "http": 80}


class PostFailed(Exception):
    """The message is one sentence that says why. It names the host only: an address may hold a secret.

    is_gone: the receiver wants nothing more, ever (410). retry_at: when to try again, if it said so.
    """

    def __init__(self, message: str, *, is_gone: bool = False, retry_at: datetime | None = None) -> None:
        """What is known of the failure."""
        super().__init__(message)
        self.is_gone = is_gone
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds."""

    connect: float = 3
    total: float = 10


def post(
    url: str, body: str, *, headers: Mapping[str, str], is_private_allowed: bool, limits: Limits | None = None
) -> None:
    """Send the body. Returns once the receiver has said that it has it (2xx); raises PostFailed for all else.

    Of an answer only the status is read, so it may be as long as it likes.
    """
    limits = limits or Limits()
    try:
        check_url(url, is_private_allowed=is_private_allowed)
        target = httpx.URL(url)
        asyncio.run(_post(target, body.encode(), headers, is_private_allowed=is_private_allowed, limits=limits))
    except TimeoutError as error:
        raise PostFailed(f"There was no answer within {limits.total:g} seconds.") from error
    except httpx.ConnectTimeout as error:
        raise PostFailed(f"No connection was accepted within {limits.connect:g} seconds.") from error
    except httpx.ConnectError as error:
        raise PostFailed(f"It cannot be reached: {error_summary(error)}.") from error
    except httpx.HTTPError as error:
        raise PostFailed(f"The connection broke off: {error_summary(error)}.") from error
    except (OSError, ValueError, httpx.InvalidURL) as error:
        raise PostFailed(f"Nothing was sent: {error_summary(error)}.") from error


async def _post(
    url: httpx.URL, body: bytes, headers: Mapping[str, str], *, is_private_allowed: bool, limits: Limits
) -> None:
    bounds = {"connect": limits.connect, "silence": limits.total, "total": limits.total}
    async with http.client(**bounds, trust_env=False) as client:
        addresses = await _resolve(url, is_private_allowed=is_private_allowed)
        response = await _send(client, url, body, headers, addresses)
    if not response.is_success:
        raise _refusal(url.host, response)


async def _send(
    client: httpx.AsyncClient, url: httpx.URL, body: bytes, headers: Mapping[str, str], addresses: list[str]
) -> httpx.Response:
    """The answer, unread, of the first address that accepts a connection. Nothing was sent to those that do not."""
    for number, address in enumerate(addresses, start=1):
        try:
            async with client.stream(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers={**headers, "Host": url.netloc.decode()},
                # The certificate must be that of the name.
                extensions={"sni_hostname": url.raw_host.decode().strip("[]")},
            ) as response:
                return response
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if number == len(addresses):
                raise
    raise AssertionError("unreachable")


async def _resolve(url: httpx.URL, *, is_private_allowed: bool) -> list[str]:
    """The addresses of the host. Raises PostFailed if one of them is not for us."""
    found = await asyncio.wrap_future(_look_up(url.host, url.port or _PORTS[url.scheme]))
    addresses = list(dict.fromkeys(str(place[4][0]) for place in found))
    if not is_private_allowed and not all(map(is_public, addresses)):
        raise PostFailed(f"{url.host} is in a private network, where nothing is sent (TECHLIST_WEBHOOK_PRIVATE).")
    return addresses[:_TRIES]


def _look_up(host: str, port: int) -> Future[list[Any]]:
    """Ask for the addresses, in a thread that nobody waits for.

    asyncio would wait for its own before it ends, and a name server may be silent for longer than we have.
    """
    answer: Future[list[Any]] = Future()
    answer.set_running_or_notify_cancel()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer


def _refusal(host: str, response: httpx.Response) -> PostFailed:
    hint = " Redirects are not followed." if httpx.codes.is_redirect(response.status_code) else ""
    return PostFailed(
        f"{host} answered {response.status_code}.{hint}",
        is_gone=response.status_code == httpx.codes.GONE,
        retry_at=retry_at(response.headers.get("Retry-After", ""), now=datetime.now(UTC)),
    )

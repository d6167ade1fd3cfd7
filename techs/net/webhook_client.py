"""POST to a URL that a user entered, with time limits, no redirects, and no access to private networks.

The host name is resolved once, and the connection goes to the very address that was checked, which defeats DNS
rebinding. Proxies would resolve the name themselves, so none is used.
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

# Addresses of a host to try if the first ones refuse the connection.
_TRIES = 3
_PORTS = {"https": 443, "http": 80}


class PostFailed(Exception):
    """A failed POST. The message is one sentence for the user. It never contains the URL, which may contain secrets.

    is_gone: the receiver answered 410 Gone. retry_at: the receiver's Retry-After.
    """

    def __init__(self, message: str, *, is_gone: bool = False, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.is_gone = is_gone
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in seconds."""

    connect: float = 3
    total: float = 10


def post(
    url: str, body: str, *, headers: Mapping[str, str], is_private_allowed: bool, limits: Limits | None = None
) -> None:
    """Send the body. Raises PostFailed unless the receiver answers 2xx.

    Only the status of the response is read, so the length of its body does not matter.
    """
    limits = limits or Limits()
    try:
        check_url(url, is_private_allowed=is_private_allowed)
        target = httpx.URL(url)
        asyncio.run(_post(target, body.encode(), headers, is_private_allowed=is_private_allowed, limits=limits))
    except TimeoutError as error:
        raise PostFailed(f"No response within {limits.total:g} seconds.") from error
    except httpx.ConnectTimeout as error:
        raise PostFailed(f"No connection within {limits.connect:g} seconds.") from error
    except httpx.ConnectError as error:
        raise PostFailed(f"Cannot connect: {error_summary(error)}.") from error
    except httpx.HTTPError as error:
        raise PostFailed(f"The connection was lost: {error_summary(error)}.") from error
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
    for number, address in enumerate(addresses, start=1):
        try:
            async with client.stream(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers={**headers, "Host": url.netloc.decode()},
                # The certificate must match the host name, not the address.
                extensions={"sni_hostname": url.raw_host.decode().strip("[]")},
            ) as response:
                return response
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if number == len(addresses):
                raise
    raise AssertionError("unreachable")


async def _resolve(url: httpx.URL, *, is_private_allowed: bool) -> list[str]:
    """Resolve the host. Raises PostFailed if one of its addresses is private."""
    found = await asyncio.wrap_future(_look_up(url.host, url.port or _PORTS[url.scheme]))
    addresses = list(dict.fromkeys(str(place[4][0]) for place in found))
    if not is_private_allowed and not all(map(is_public, addresses)):
        raise PostFailed(f"{url.host} is in a private network. To allow it, set TECHLIST_WEBHOOK_PRIVATE=on.")
    return addresses[:_TRIES]


def _look_up(host: str, port: int) -> Future[list[Any]]:
    # Resolve in a daemon thread, because asyncio.run() waits for its own threads to end, and a name server may hang for
    # longer than the time limit.
    found: Future[list[Any]] = Future()
    found.set_running_or_notify_cancel()

    def resolve() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            found.set_exception(error)

    threading.Thread(target=resolve, daemon=True).start()
    return found


def _refusal(host: str, response: httpx.Response) -> PostFailed:
    hint = " Redirects are not followed." if httpx.codes.is_redirect(response.status_code) else ""
    return PostFailed(
        f"{host} answered {response.status_code}.{hint}",
        is_gone=response.status_code == httpx.codes.GONE,
        retry_at=retry_at(response.headers.get("Retry-After", ""), now=datetime.now(UTC)),
    )

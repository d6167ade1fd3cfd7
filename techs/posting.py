"""One POST to an address that somebody typed: bounded in time, never redirected, and not into the own network.

The name is resolved once, and the connection goes to the very address that was checked: a name that answers
differently the next time leads nowhere else. Proxies of the environment would resolve it themselves, so none is used.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from techs.addresses import check_url, is_public

# Addresses of one name to try, if the first ones accept no connection.
_TRIES = 3
_PORTS = {"https": 443, "http": 80}


class PostFailed(Exception):
    """The message is one sentence that says why. It names the host only: an address may hold a secret."""


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
        raise PostFailed(f"It cannot be reached: {_told(error)}.") from error
    except httpx.HTTPError as error:
        raise PostFailed(f"The connection broke off: {_told(error)}.") from error
    except (OSError, ValueError, httpx.InvalidURL) as error:
        raise PostFailed(f"Nothing was sent: {_told(error)}.") from error


async def _post(
    url: httpx.URL, body: bytes, headers: Mapping[str, str], *, is_private_allowed: bool, limits: Limits
) -> None:
    timeout = httpx.Timeout(limits.total, connect=limits.connect)
    async with asyncio.timeout(limits.total):
        addresses = await _resolve(url, is_private_allowed=is_private_allowed)
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client:
            status = await _send(client, url, body, headers, addresses)
    if not httpx.codes.is_success(status):
        hint = " Redirects are not followed." if httpx.codes.is_redirect(status) else ""
        raise PostFailed(f"{url.host} answered {status}.{hint}")


async def _send(
    client: httpx.AsyncClient, url: httpx.URL, body: bytes, headers: Mapping[str, str], addresses: list[str]
) -> int:
    """The status of the first address that accepts a connection. Nothing was sent to those that do not."""
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
                return response.status_code
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if number == len(addresses):
                raise
    raise AssertionError("unreachable")


async def _resolve(url: httpx.URL, *, is_private_allowed: bool) -> list[str]:
    """The addresses of the host. Raises PostFailed if one of them is not for us."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(url.host, url.port or _PORTS[url.scheme], type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(place[4][0]) for place in found))
    if not is_private_allowed and not all(map(is_public, addresses)):
        raise PostFailed(f"{url.host} is in a private network, where nothing is sent (TECHLIST_WEBHOOK_PRIVATE).")
    return addresses[:_TRIES]


def _told(error: Exception) -> str:
    """The error's own words, on one line and without a full stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__

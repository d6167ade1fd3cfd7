"""Download a public file with limits on time, size and redirects."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import httpx

from techs.net import http
from techs.net.http import error_summary, retry_at


class DownloadFailed(Exception):
    """A failed download. The message is one sentence for the user; retry_at comes from the server's Retry-After."""

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in seconds, bytes (size) and number of redirects."""

    connect: float = 5
    silence: float = 15
    total: float = 60
    size: int = 50_000_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded file and its ETag ("" if it has none). If the server has no newer version, is_new is False."""

    content: bytes
    etag: str = ""
    is_new: bool = True


def fetch(
    url: str, *, user_agent: str, etag: str = "", authorization: str = "", limits: Limits | None = None
) -> Download:
    """Fetch a file unless its ETag is unchanged. Raises DownloadFailed.

    Uses the proxies set in the environment (HTTPS_PROXY, NO_PROXY).
    """
    limits = limits or Limits()
    headers = _headers(user_agent, etag=etag, authorization=authorization)
    try:
        return asyncio.run(_fetch(httpx.URL(url), headers, limits))
    except TimeoutError as error:
        raise DownloadFailed(f"The download took longer than {limits.total:g} seconds.") from error
    except httpx.ConnectTimeout as error:
        raise DownloadFailed(f"No connection to {_host(error)} within {limits.connect:g} seconds.") from error
    except httpx.TimeoutException as error:
        raise DownloadFailed(f"{_host(error)} sent nothing for {limits.silence:g} seconds.") from error
    except httpx.ConnectError as error:
        raise DownloadFailed(f"Cannot connect to {_host(error)}: {error_summary(error)}.") from error
    except httpx.RequestError as error:
        raise DownloadFailed(f"The download from {_host(error)} was interrupted: {error_summary(error)}.") from error
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:  # bad settings or environment
        raise DownloadFailed(f"The download could not start: {error_summary(error)}.") from error


def _headers(user_agent: str, *, etag: str, authorization: str) -> dict[str, str]:
    # httpx drops the authorization on a redirect to another host.
    conditional = {"If-None-Match": etag, "Authorization": authorization}
    sent = {key: value for key, value in conditional.items() if value}
    return {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": user_agent, **sent}


async def _fetch(url: httpx.URL, headers: Mapping[str, str], limits: Limits) -> Download:
    bounds = {"connect": limits.connect, "silence": limits.silence, "total": limits.total}
    async with http.client(**bounds, trust_env=True) as client:
        response = await _follow(client, client.build_request("GET", url, headers=headers), limits)
        if response.status_code == HTTPStatus.NOT_MODIFIED and "If-None-Match" in headers:
            return Download(b"", is_new=False)
        if response.status_code != HTTPStatus.OK:
            raise _refusal(response)
        return Download(await _body(response, limits), response.headers.get("ETag", ""))


async def _follow(client: httpx.AsyncClient, request: httpx.Request, limits: Limits) -> httpx.Response:
    # httpx would also follow redirects from https to http. Returns before the body is read.
    for _ in range(limits.redirects + 1):
        _check_port(request.url)
        response = await client.send(request, stream=True)
        if response.next_request is None:
            return response
        await response.aclose()
        old, new = request.url.scheme, response.next_request.url.scheme
        if new not in ("https", "http") or (old, new) == ("https", "http"):
            raise DownloadFailed(f"{request.url.host} redirects from {old} to {new}, which is not allowed.")
        request = response.next_request
    raise DownloadFailed(f"{request.url.host} redirects more than {limits.redirects} times.")


async def _body(response: httpx.Response, limits: Limits) -> bytes:
    # httpx would decode codings that nobody asked for, and a few bytes of Brotli can become gigabytes at once.
    if response.headers.get("Content-Encoding", "gzip").lower() not in {"gzip", "identity"}:
        raise DownloadFailed(f"{response.url.host} sent a compression other than gzip.")
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > limits.size:
            raise DownloadFailed(f"{response.url.host} sent more than {limits.size // 1_000_000} MB.")
        parts.append(part)
    return b"".join(parts)


def _refusal(response: httpx.Response) -> DownloadFailed:
    code = response.status_code
    phrase = HTTPStatus(code).phrase if code in set(HTTPStatus) else ""
    at = retry_at(response.headers.get("Retry-After", ""), now=datetime.now(UTC))
    again = f"; try again after {at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
    return DownloadFailed(f"{response.url.host} answered {f'{code} {phrase}'.strip()}{again}.", retry_at=at)


def _check_port(url: httpx.URL) -> None:
    if url.port is not None and not 0 < url.port < 2**16:
        raise DownloadFailed(f"The port in the URL of {url.host} is invalid: {url.port}.")


def _host(error: httpx.RequestError) -> str:
    return error.request.url.host

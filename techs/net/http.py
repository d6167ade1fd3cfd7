"""What requests to other machines have in common: a client that is bounded in time, and its errors in plain words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

_FAR = timedelta(days=366)  # a Retry-After beyond this is a mistake


@asynccontextmanager
async def client(*, connect: float, silence: float, total: float, trust_env: bool) -> AsyncIterator[httpx.AsyncClient]:
    """A client for one exchange: seconds until it is connected, between two pieces, and for all that is done with it.

    Redirects are the caller's. trust_env: proxies are those of the environment. Raises TimeoutError after total.
    """
    timeout = httpx.Timeout(silence, connect=connect)
    async with (
        asyncio.timeout(total),
        httpx.AsyncClient(timeout=timeout, trust_env=trust_env, follow_redirects=False) as opened,
    ):
        yield opened


def error_summary(error: Exception) -> str:
    """The error's own words, on one line and without a full stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def retry_at(header: str, *, now: datetime) -> datetime | None:
    """Retry-After, as seconds or as a date. None: not said, or not to be believed."""
    try:
        at = now + timedelta(seconds=int(header)) if header.isdecimal() else parsedate_to_datetime(header)
        return at.astimezone(UTC) if at.tzinfo and now <= at < now + _FAR else None
    except (ValueError, OverflowError):
        return None

"""Shared code for outgoing requests: a client with time limits, and readable errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

_FAR = timedelta(days=366)  # a Retry-After beyond this is a mistake


@asynccontextmanager
async def client(*, connect: float, silence: float, total: float, trust_env: bool) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client with time limits in seconds: for connecting, between two chunks, and in total.

    Does not follow redirects. Raises TimeoutError when total is exceeded. trust_env: use the environment's proxies.
    """
    timeout = httpx.Timeout(silence, connect=connect)
    async with (
        asyncio.timeout(total),
        httpx.AsyncClient(timeout=timeout, trust_env=trust_env, follow_redirects=False) as opened,
    ):
        yield opened


def error_summary(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def retry_at(header: str, *, now: datetime) -> datetime | None:
    """Parse Retry-After, in seconds or as a date. Return None if it is missing or implausible."""
    try:
        at = now + timedelta(seconds=int(header)) if header.isdecimal() else parsedate_to_datetime(header)
        return at.astimezone(UTC) if at.tzinfo and now <= at < now + _FAR else None
    except (ValueError, OverflowError):
        return None

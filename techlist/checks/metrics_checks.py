"""System checks of the settings for metrics."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  Django's names

from techlist.checks.settings_checks import SETTINGS

# Characters of a token that nobody guesses.
_TOKEN_LENGTH = 16
_WEB_PORT = "8000"


@register(SETTINGS)
def check_metrics_port(**_: object) -> Iterator[CheckMessage]:
    metrics = settings.METRICS
    if metrics.port and str(metrics.port) == (os.environ.get("PORT") or _WEB_PORT):
        yield Error(
            f"TECHLIST_METRICS_PORT is {metrics.port}, the port of the web server.",
            hint="Choose another one, such as 9100. If the web server has another port, set PORT to that.",
            id="techlist.E012",
        )
    if metrics.port and not metrics.port_is_private and not metrics.token:
        yield Error(
            f"Anyone who can reach {metrics.host} could read the metrics, because TECHLIST_METRICS_TOKEN is not set.",
            hint="Set a token, or remove TECHLIST_METRICS_HOST, so that only this machine can reach the port.",
            id="techlist.E013",
        )


@register(SETTINGS)
def check_metrics_directory(**_: object) -> Iterator[CheckMessage]:
    directory = settings.METRICS.directory
    if settings.METRICS.are_on and not _is_writable(directory):
        yield Error(
            f"The processes cannot add up their metrics, because {directory} cannot be written.",
            hint="Set TECHLIST_METRICS_DIR to a directory of your own, such as /tmp/metrics in a container.",
            id="techlist.E014",
        )


def _is_writable(directory: Path) -> bool:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK | os.X_OK)


@register(SETTINGS)
def check_metrics_token(**_: object) -> Iterator[CheckMessage]:
    if 0 < len(settings.METRICS.token) < _TOKEN_LENGTH:
        yield Warning(
            f"TECHLIST_METRICS_TOKEN can be guessed. Use at least {_TOKEN_LENGTH} random characters.",
            hint='Generate one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
            id="techlist.W012",
        )

"""The settings of logs and metrics."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from environs import EnvError
from marshmallow.validate import Regexp

from techlist.environment import Environment

_LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]
_FORMATTERS = {
    "text": {
        "class": "techlist.log_format.LineFormatter",
        "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
    },
    "json": {"class": "techlist.log_format.JSONFormatter"},
}
_TOKEN = Regexp(r"[!-~]*\Z", error="Must consist of printable ASCII characters, without spaces.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Who may read the metrics of this process, and where processes add them up."""

    token: str
    port: int
    host: str
    directory: Path

    @classmethod
    def read(cls, env: Environment, data_dir: Path) -> Self:
        return cls(
            token=env.secret(
                "TECHLIST_METRICS_TOKEN",
                validate=_TOKEN,
                about="Lets Prometheus read `/metrics` of the web server with this bearer token: at least 16 random "
                "characters. Without it, the path is unknown (404). See [Metrics](operations.md#metrics).",
            ),
            port=env.number(
                "TECHLIST_METRICS_PORT",
                0,
                most=65535,
                about="Port at which one of web server, workers and beat answers `/metrics` without a token, to this "
                "machine only. `0` opens none.",
            ),
            host=_address(
                env.text(
                    "TECHLIST_METRICS_HOST",
                    "127.0.0.1",
                    about="IP address of that port. If other machines can reach it, clients must send "
                    "`TECHLIST_METRICS_TOKEN`.",
                )
            ),
            directory=data_dir.joinpath(
                env.text(
                    "TECHLIST_METRICS_DIR",
                    shown="`metrics` in the data directory",
                    about="Directory in which the processes of one machine add up their numbers. Processes that share "
                    "it are read together, from any of them.",
                )
                or "metrics"
            ),
        )

    @property
    def are_on(self) -> bool:
        return bool(self.token or self.port)

    @property
    def port_is_private(self) -> bool:
        """Return True if only this machine can reach the port."""
        return ip_address(self.host).is_loopback


def _address(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise EnvError(f'Environment variable "TECHLIST_METRICS_HOST" invalid: "{host}" is no IP address.') from error


def read_access_log(env: Environment) -> bool:
    return env.switch(
        "TECHLIST_ACCESS_LOG",
        default=False,
        about="Log every request with method, path, status, size and duration, but without its query.",
    )


def read_logging(env: Environment) -> dict[str, Any]:
    """Return the configuration of the log: one line per entry on standard error."""
    level = env.choice("LOG_LEVEL", _LOG_LEVELS, "INFO", about="Log messages of this level and above.")
    form = env.choice(
        "TECHLIST_LOG_FORMAT",
        list(_FORMATTERS),
        "text",
        about="Lines for people, or one JSON object per line for programs. See [Logs](operations.md#logs).",
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": _FORMATTERS[form]},
        "filters": {"one_traceback": {"()": "techlist.log_format.OneTraceback"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["one_traceback"]}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django and the web server add handlers to their loggers, but one line through the root logger is enough.
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "_granian": {"handlers": [], "propagate": True},
            # The access log is on or off, whatever the level.
            "techlist.access": {"level": "INFO"},
            # httpx logs full URLs, and the URL of a webhook may contain a secret.
            "httpx": {"level": "WARNING"},
            # Two lines per sweep, every few seconds, would bury important messages.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }

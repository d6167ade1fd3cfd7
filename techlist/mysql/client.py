"""`manage.py dbshell`, whose connection is verified as those of the settings are."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.mysql import client


class DatabaseClient(client.DatabaseClient):
    """Django passes the files of TLS on to the mysql program, but not whether to verify."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return the program with its arguments, and its environment."""
        args, env = super().settings_to_cmd_args_env(settings_dict, parameters)
        program, *rest = args
        return [program, *_verify(settings_dict["OPTIONS"].get("ssl_mode", "DISABLED")), *rest], env


def _verify(mode: str) -> list[str]:
    """MySQL's program knows the one option, MariaDB's the other two. loose: the unknown ones are only warned about."""
    if mode == "DISABLED":
        return []
    mariadb = ["--loose-ssl", *(["--loose-ssl-verify-server-cert"] if mode != "REQUIRED" else [])]
    return [f"--loose-ssl-mode={mode}", *mariadb]

"""Make `manage.py dbshell` verify its connection as the settings require."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.mysql import client


class DatabaseClient(client.DatabaseClient):
    """Passes on whether to verify the server. Django only passes the TLS files to the mysql program."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return the program with its arguments, and its environment."""
        args, env = super().settings_to_cmd_args_env(settings_dict, parameters)
        program, *rest = args
        return [program, *_verify(settings_dict["OPTIONS"].get("ssl_mode", "DISABLED")), *rest], env


def _verify(mode: str) -> list[str]:
    """Return options for both clients: one for MySQL's, two for MariaDB's. With "loose", unknown ones only warn."""
    if mode == "DISABLED":
        return []
    mariadb = ["--loose-ssl", *(["--loose-ssl-verify-server-cert"] if mode != "REQUIRED" else [])]
    return [f"--loose-ssl-mode={mode}", *mariadb]

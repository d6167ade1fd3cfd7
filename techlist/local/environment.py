"""The environment of `make run`: defaults for one machine, and advice for wider access."""

import os
import traceback
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import NoReturn

from techlist.local import embedded
from techlist.server.address import Address, RefusedError


def chosen(environ: Mapping[str, str], address: Address) -> dict[str, str]:
    """Return defaults for variables that are not set. They also apply if the environment names servers."""
    choices = {
        "SECRET_KEY": environ.get("SECRET_KEY") or embedded.secret_key(),
        "ALLOWED_HOSTS": ",".join([*embedded.HOSTS, *([] if address.is_wildcard else [address.in_url])]),
        "TECHLIST_ACCESS": "open" if address.is_private else "login",
        # In production, a proxy terminates TLS, but not for a run in a terminal.
        "TECHLIST_HTTPS": "off",
    }
    return {name: value for name, value in choices.items() if not environ.get(name)}


def advice_for(environ: Mapping[str, str], address: Address) -> Iterator[str]:
    """Yield advice about access to this server."""
    if environ.get("TECHLIST_ACCESS") != "open":
        yield "Users must log in. Create the first one: .venv/bin/python manage.py createsuperuser"
    elif not address.is_private:
        yield "Anyone who can reach this address can read and write the list, because TECHLIST_ACCESS is open."
    if address.is_wildcard and environ.get("ALLOWED_HOSTS") == ",".join(embedded.HOSTS):
        yield "Only browsers on this machine have access. For others, set the host they use: ALLOWED_HOSTS=10.0.0.5"


def check_settings() -> None:
    """Import the settings, so that an invalid value prints one line instead of the traceback of a child process.

    A fork does so, whose memory is free afterwards: this process runs as long as the others.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _import_settings(write)
    os.close(write)
    with os.fdopen(read) as lines:
        problem = lines.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RefusedError(problem.rstrip() or "The settings could not be read.")


def _import_settings(write: int) -> NoReturn:
    """End this process, with the problem in the pipe if there is one."""
    status = 1
    try:
        from environs import EnvError  # noqa: PLC0415  only the settings need it

        try:
            import_module("techlist.settings")
            status = 0
        except EnvError as error:
            os.write(write, str(error).encode(errors="replace"))
    except BaseException:  # noqa: BLE001  a fork must not return
        os.write(write, traceback.format_exc().encode(errors="replace"))
    finally:
        os._exit(status)

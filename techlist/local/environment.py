"""The environment of `make run`: defaults for one machine, and advice for wider access."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from environs import EnvError

from techlist.local import embedded
from techlist.server.address import Address, RefusedError


def chosen(environ: Mapping[str, str], address: Address) -> dict[str, str]:
    """Return the defaults of a run on this machine for variables not set, even with real servers."""
    choices = {
        "SECRET_KEY": environ.get("SECRET_KEY") or embedded.secret_key(),
        "ALLOWED_HOSTS": ",".join([*embedded.HOSTS, *([] if address.is_wildcard else [address.in_url])]),
        "TECHLIST_ACCESS": "open" if address.is_private else "login",
        # A proxy that terminates TLS belongs to production, not to a run in a terminal.
        "TECHLIST_HTTPS": "off",
    }
    return {name: value for name, value in choices.items() if not environ.get(name)}


def advice_for(environ: Mapping[str, str], address: Address) -> Iterator[str]:
    """Return advice for a server that other machines can reach."""
    if environ.get("TECHLIST_ACCESS") != "open":
        yield "Users must log in. Create the first one: .venv/bin/python manage.py createsuperuser"
    elif not address.is_private:
        yield "Everybody who reaches this address can read and write the list: TECHLIST_ACCESS is open."
    if address.is_wildcard and environ.get("ALLOWED_HOSTS") == ",".join(embedded.HOSTS):
        yield "Only browsers on this machine get an answer. For others, set the host they use: ALLOWED_HOSTS=10.0.0.5"


def check_settings() -> None:
    """Import the settings, so that a bad value is one line instead of a traceback from a part."""
    try:
        import_module("techlist.settings")
    except EnvError as error:
        raise RefusedError(str(error)) from error

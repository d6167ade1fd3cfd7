"""The environment of `make run`: choices for a run on one machine, and advice for who lets others in."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from environs import EnvError

from techlist.local import embedded
from techlist.server.address import Address, RefusedError


def chosen(environ: Mapping[str, str], address: Address) -> dict[str, str]:
    """What a run on this machine chooses where the environment says nothing, also if it uses real servers."""
    choices = {
        "SECRET_KEY": environ.get("SECRET_KEY") or embedded.secret_key(),
        "ALLOWED_HOSTS": ",".join([*embedded.HOSTS, *([] if address.is_wildcard else [address.in_url])]),
        "TECHLIST_ACCESS": "open" if address.is_private else "login",
        # A proxy that ends TLS belongs to a service, not to a run in a terminal.
        "TECHLIST_HTTPS": "off",
    }
    return {name: value for name, value in choices.items() if not environ.get(name)}


def advice_for(environ: Mapping[str, str], address: Address) -> Iterator[str]:
    """What somebody should know who lets others in."""
    if environ.get("TECHLIST_ACCESS") != "open":
        yield "Everybody needs a login. Make the first one: .venv/bin/python manage.py createsuperuser"
    elif not address.is_private:
        yield "Everybody who reaches this address reads and writes the list: TECHLIST_ACCESS is open."
    if address.is_wildcard and environ.get("ALLOWED_HOSTS") == ",".join(embedded.HOSTS):
        yield "Only browsers on this machine are answered. Name the host that others use: ALLOWED_HOSTS=10.0.0.5"


def check_settings() -> None:
    """Read the settings once, so that a bad value is one line instead of the end of a part."""
    try:
        import_module("techlist.settings")
    except EnvError as error:
        raise RefusedError(str(error)) from error

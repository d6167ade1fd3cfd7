"""The environment of `make run`: defaults for one machine, and advice for wider access."""

from collections.abc import Iterator, Mapping

from techlist import secret_files
from techlist.local import embedded
from techlist.server.address import Address


def chosen(environ: Mapping[str, str], address: Address) -> dict[str, str]:
    """Return defaults for variables that are not set. They also apply if the environment names servers."""
    choices = {
        "ALLOWED_HOSTS": ",".join([*embedded.HOSTS, *([] if address.is_wildcard else [address.in_url])]),
        "TECHLIST_ACCESS": "open" if address.is_private else "login",
        # In production, a proxy terminates TLS, but not for a run in a terminal.
        "TECHLIST_HTTPS": "off",
    }
    if not secret_files.is_set(environ, "SECRET_KEY"):
        choices["SECRET_KEY"] = embedded.secret_key()
    return {name: value for name, value in choices.items() if not environ.get(name)}


def advice_for(environ: Mapping[str, str], address: Address) -> Iterator[str]:
    """Yield advice about access to this server."""
    if environ.get("TECHLIST_ACCESS") != "open":
        yield "Users must log in. Create the first one: .venv/bin/python manage.py createsuperuser"
    elif not address.is_private:
        yield "Anyone who can reach this address can read and write the list, because TECHLIST_ACCESS is open."
    if address.is_wildcard and environ.get("ALLOWED_HOSTS") == ",".join(embedded.HOSTS):
        yield "Only browsers on this machine have access. For others, set the host they use: ALLOWED_HOSTS=10.0.0.5"

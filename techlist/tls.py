"""TLS options for the database, the cache and the broker.

An unknown option prevents the start, because a typo must not leave a connection unencrypted.
"""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from environs import EnvError

from techlist import redis_urls

# MySQL's names, without PREFERRED, with which an attacker in between could disable TLS.
MODES = ("DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_SOCKET = "unix_socket"
# Options, and the variables that have the same meaning.
_DATABASE_OPTIONS = {
    "ssl-mode": "DATABASE_SSL_MODE",
    "ssl-ca": "DATABASE_SSL_CA",
    "ssl-cert": "DATABASE_SSL_CERT",
    "ssl-key": "DATABASE_SSL_KEY",
}
_REDIS_FILES = {"ssl_ca_certs": "REDIS_SSL_CA", "ssl_certfile": "REDIS_SSL_CERT", "ssl_keyfile": "REDIS_SSL_KEY"}
# These are defaults of redis-py, but not of kombu. No other values are allowed.
_REDIS_ALWAYS = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"}


def split_database_url(url: str, variables: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Split a database URL into the URL without options, except that of a socket, and the client's TLS arguments.

    variables: the same options from their own variables. Options in the URL take precedence. Raises EnvError.
    """
    parts = _split("DATABASE_URL", url)
    if parts.scheme == "mysql" and {";", "&"} & {*parts.path}:
        raise _invalid("DATABASE_URL", "options begin with ? and are separated by &")
    in_url = _options("DATABASE_URL", parts, known=(*_DATABASE_OPTIONS, _SOCKET))
    parts = parts._replace(query=_socket_option(parts, in_url.pop(_SOCKET, "")))
    options = {name: value for name, value in {**variables, **in_url}.items() if value}
    if options and parts.scheme != "mysql":
        raise _invalid("DATABASE_URL", f"{', '.join(options)} can only be used with mysql://")
    sources = {name: "DATABASE_URL" if name in in_url else variable for name, variable in _DATABASE_OPTIONS.items()}
    return urlunsplit(parts) if parts.scheme == "mysql" else url, _mysql_arguments(options, sources)


def _socket_option(parts: SplitResult, path: str) -> str:
    """Return the path of a socket, which may also be in the place of the host, as an option."""
    host = unquote(parts.netloc.rpartition("@")[2])
    if path and host not in {"", "localhost"}:
        raise _invalid("DATABASE_URL", f"{_SOCKET} can only be used with localhost")
    if path and not path.startswith("/"):
        raise _invalid("DATABASE_URL", f"{_SOCKET} must be an absolute path")
    # The path in the place of the host keeps its case here, which urlsplit() does not keep.
    path = host if host.startswith("/") else path
    return urlencode({_SOCKET: path}) if path else ""


def _mysql_arguments(options: Mapping[str, str], sources: Mapping[str, str]) -> dict[str, Any]:
    if not options:
        return {}
    mode = options.get("ssl-mode", "VERIFY_IDENTITY").upper()
    if mode not in MODES:
        raise _invalid(sources["ssl-mode"], f"ssl-mode must be one of {', '.join(MODES)}")
    files = {name: options[name] for name in ("ssl-ca", "ssl-cert", "ssl-key") if name in options}
    if mode.startswith("VERIFY"):
        # MySQL's client library verifies the server only if a file is given.
        files.setdefault("ssl-ca", ssl.get_default_verify_paths().cafile or "")
    _check_files(files, sources, ca="ssl-ca", certificate="ssl-cert", key="ssl-key")
    return {"ssl_mode": mode, "ssl": {name.removeprefix("ssl-"): path for name, path in files.items()}}


def split_redis_url(name: str, url: str, variables: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Split a Redis URL into the URL without TLS options and the client's TLS arguments, which are empty without TLS.

    name: the variable that contains the URL. variables: files from their own variables, by redis-py's names. Options in
    the URL take precedence. Raises EnvError.
    """
    parts = _split(name, url)
    if parts.scheme not in {"rediss", redis_urls.SENTINEL_TLS}:
        _refuse_tls_options(name, url)
        return url, {}
    if ";" in url:
        raise _invalid(name, "it must name one server; write a semicolon in a password as %3B")
    others = ("db",) if parts.scheme == "rediss" else redis_urls.SENTINEL_OPTIONS
    in_url = _options(name, parts, known=(*_REDIS_FILES, *_REDIS_ALWAYS, *others))
    for option, value in _REDIS_ALWAYS.items():
        if in_url.get(option, value).lower().removeprefix("cert_") != value:
            raise _invalid(name, f"{option} can only be {value}, because servers are always verified")
    files = {option: path for option, path in {**variables, **in_url}.items() if option in _REDIS_FILES and path}
    sources = {option: name if option in in_url else variable for option, variable in _REDIS_FILES.items()}
    _check_files(files, sources, ca="ssl_ca_certs", certificate="ssl_certfile", key="ssl_keyfile")
    rest = {option: value for option, value in in_url.items() if option in others}
    arguments = {"ssl_cert_reqs": "required", "ssl_check_hostname": True, **files}
    return urlunsplit(parts._replace(query=urlencode(rest))), arguments


def check_redis_files(variables: Mapping[str, str], *arguments: Mapping[str, Any]) -> None:
    """Raise EnvError if files are given but no Redis server uses TLS. arguments: the TLS arguments of each server."""
    for option, variable in _REDIS_FILES.items():
        if variables.get(option) and not any(arguments):
            raise _invalid(variable, "it can only be used with rediss://, and no Redis URL begins with that")


def _refuse_tls_options(name: str, url: str) -> None:
    options = [option for option, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    for option in options:
        if option.lower().startswith("ssl"):
            raise _invalid(name, f"{option} can only be used with rediss://")
    if "rediss:" in url:
        raise _invalid(name, "it must begin with rediss:// and name one server")


def _split(variable: str, url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _invalid(variable, f"it is not a URL: {error}") from error


def _options(variable: str, parts: SplitResult, *, known: tuple[str, ...]) -> dict[str, str]:
    """Parse the query of a URL. Raises EnvError, whose message never contains any part of a password."""
    if parts.fragment or ("@" in parts.query and "@" not in parts.netloc):
        raise _invalid(variable, 'write "#", "?" and "@" in a name, a password or a path as %23, %3F and %40')
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        # MySQL's programs accept hyphens and underscores.
        option = name if name in known else name.replace("_", "-")
        if option not in known:
            raise _invalid(variable, f"unknown option {name}; the options are {', '.join(known)}")
        if not value or option in options:
            raise _invalid(variable, f"{name} has no value" if not value else f"{name} is set twice")
        options[option] = value
    return options


def _check_files(files: Mapping[str, str], sources: Mapping[str, str], *, ca: str, certificate: str, key: str) -> None:
    """Load the files as a connection would, so that a missing or invalid file prevents the start."""
    if key in files and certificate not in files:
        raise _invalid(sources[key], f"{key} needs {certificate}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for option, path in files.items():
        _try(sources[option], option, path, lambda path: Path(path).read_bytes())
    if ca in files:
        _try(sources[ca], ca, files[ca], context.load_verify_locations)
    if certificate in files:
        # With an empty password, OpenSSL does not prompt for one.
        pair = files[certificate], files.get(key)
        _try(sources[certificate], certificate, pair[0], lambda _: context.load_cert_chain(*pair, password=""))


def _try(variable: str, option: str, path: str, load: Callable[[str], object]) -> None:
    try:
        load(path)
    except OSError as error:
        reason = f"{option}: {path or 'no file'} cannot be read: {error.strerror or error}"
        raise _invalid(variable, reason) from error


def _invalid(variable: str, reason: str) -> EnvError:
    return EnvError(f'Environment variable "{variable}" invalid: {reason}.')

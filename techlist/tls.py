"""TLS options for the database, the cache and the broker.

An unknown option stops the start: a typo must not leave a connection unencrypted.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from environs import EnvError

# MySQL's names, without PREFERRED: an attacker in between could disable TLS.
MODES = ("DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_DATABASE_OPTIONS = ("ssl-mode", "ssl-ca", "ssl-cert", "ssl-key")
_REDIS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
# Defaults of redis-py, but not of kombu. No other value is allowed.
_REDIS_ALWAYS = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"}


def split_database_url(url: str, variables: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Split a database URL into the URL without options and the client's TLS arguments.

    variables: the same options from their own variables; the URL wins. Raises EnvError.
    """
    parts = urlsplit(url)
    given = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        # MySQL's programs accept both spellings.
        given[name.replace("_", "-")] = value
        if name.replace("_", "-") not in _DATABASE_OPTIONS:
            raise _invalid("DATABASE_URL", f"unknown option {name}; known options: {', '.join(_DATABASE_OPTIONS)}")
    wanted = {name: value for name, value in {**variables, **given}.items() if value}
    if wanted and parts.scheme != "mysql":
        raise _invalid("DATABASE_URL", f"remove {', '.join(wanted)}: TLS options are for mysql:// only")
    return urlunsplit(parts._replace(query="")) if parts.query else url, _mysql_arguments(wanted)


# Without a mode, any file implies the strictest one.
def _mysql_arguments(wanted: Mapping[str, str]) -> dict[str, Any]:
    if not wanted:
        return {}
    mode = wanted.get("ssl-mode", "VERIFY_IDENTITY").upper()
    if mode not in MODES:
        raise _invalid("ssl-mode", f"must be one of {', '.join(MODES)}")
    files = {name.removeprefix("ssl-"): _file(name, wanted[name]) for name in _DATABASE_OPTIONS[1:] if name in wanted}
    if mode.startswith("VERIFY"):
        # MySQL's client library verifies only with an explicit file.
        files.setdefault("ca", _file("ssl-ca", ssl.get_default_verify_paths().cafile or ""))
    return {"ssl_mode": mode, "ssl": files}


def split_redis_url(name: str, url: str, variables: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Split a Redis URL into the URL without TLS options and the client's TLS arguments, empty without TLS.

    name: the variable that holds the URL. variables: files from their own variables, by redis-py's names; the URL wins.
    Raises EnvError.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    given = {option: value for option, value in query.items() if option.startswith("ssl_")}
    rest = {option: value for option, value in query.items() if option not in given}
    _check_redis_options(name, given, scheme=parts.scheme)
    if parts.scheme != "rediss":
        return url, {}
    wanted = {**variables, **given}
    files = {option: _file(option, wanted[option]) for option in _REDIS_FILES if wanted.get(option)}
    arguments = {"ssl_cert_reqs": "required", "ssl_check_hostname": True, **files}
    return urlunsplit(parts._replace(query=urlencode(rest))), arguments


def _check_redis_options(name: str, given: Mapping[str, str], *, scheme: str) -> None:
    for option, value in given.items():
        if scheme != "rediss":
            raise _invalid(name, f"remove {option}: TLS options are for rediss:// only")
        if option in _REDIS_ALWAYS and value.lower().removeprefix("cert_") != _REDIS_ALWAYS[option]:
            raise _invalid(name, f"{option} must be {_REDIS_ALWAYS[option]}: servers are always verified")
        if option not in (*_REDIS_FILES, *_REDIS_ALWAYS):
            raise _invalid(name, f"unknown option {option}; known options: {', '.join(_REDIS_FILES)}")


def _file(option: str, path: str) -> str:
    try:
        with Path(path).open("rb"):
            return path
    except OSError as error:
        raise _invalid(option, f"{path or 'no file'} cannot be read: {error.strerror}") from error


def _invalid(name: str, reason: str) -> EnvError:
    return EnvError(f'Environment variable or option "{name}" invalid: {reason}.')

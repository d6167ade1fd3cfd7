"""TLS to the database, the cache and the broker: the options that an address may carry, and what follows from them.

Whatever is not known here stops the start: an option that is mistyped must not leave a connection open to others.
"""

import ssl
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from environs import EnvError

# As MySQL names them. PREFERRED is missing: who answers first could do without TLS.
MODES = ("DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_DATABASE_OPTIONS = ("ssl-mode", "ssl-ca", "ssl-cert", "ssl-key")
_REDIS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
# What redis-py does by itself, and kombu does not. Nothing else may be asked for.
_REDIS_ALWAYS = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"}


def split_database_url(url: str, variables: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Split an address of MySQL into what is left without options and the client's arguments for TLS.

    variables: the same options from variables of their own; the address wins. Raises EnvError.
    """
    parts = urlsplit(url)
    given = _database_options(parts)
    wanted = {name: value for name, value in {**variables, **given}.items() if value}
    if wanted and parts.scheme != "mysql":
        raise _invalid("DATABASE_URL", f"{', '.join(wanted)} make sense for mysql:// only")
    return urlunsplit(parts._replace(query="")) if parts.query else url, _mysql_arguments(wanted)


def _database_options(parts: SplitResult) -> dict[str, str]:
    """What the address asks for, under the names of MySQL's programs, which take both spellings."""
    if ";" in parts.path or "&" in parts.path:
        raise _invalid("DATABASE_URL", "options begin with ? and are separated by &")
    options = []
    for written, value in parse_qsl(parts.query, keep_blank_values=True):
        name = written.replace("_", "-")
        if name not in _DATABASE_OPTIONS:
            raise _invalid("DATABASE_URL", f"it knows no option {written}, only {', '.join(_DATABASE_OPTIONS)}")
        if not value:
            raise _invalid("DATABASE_URL", f"its option {written} has no value")
        options.append((name, value))
    _check_each_once("DATABASE_URL", options)
    return dict(options)


def _check_each_once(variable: str, options: Sequence[tuple[str, str]]) -> None:
    """Of two values the last would win without a word, and could be the one without TLS."""
    for name, number in Counter(name for name, _ in options).items():
        if number > 1:
            raise _invalid(variable, f"it has the option {name} {number} times")


def _mysql_arguments(wanted: Mapping[str, str]) -> dict[str, Any]:
    """Without a mode, any file asks for the strictest."""
    if not wanted:
        return {}
    mode = wanted.get("ssl-mode", "VERIFY_IDENTITY").upper()
    if mode not in MODES:
        raise _invalid("ssl-mode", f"must be one of {', '.join(MODES)}")
    files = {name.removeprefix("ssl-"): _file(name, wanted[name]) for name in _DATABASE_OPTIONS[1:] if name in wanted}
    if mode.startswith("VERIFY"):
        # MySQL's own client library verifies with a named file only.
        files.setdefault("ca", _file("ssl-ca", ssl.get_default_verify_paths().cafile or ""))
    return {"ssl_mode": mode, "ssl": files}


def split_redis_url(name: str, url: str, variables: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Split an address of Redis into what is left without options for TLS and the client's arguments for it.

    name: of the variable that held it. variables: files from variables of their own, by redis-py's names; the address
    wins. No arguments without TLS. Raises EnvError.
    """
    parts = urlsplit(url)
    options = parse_qsl(parts.query, keep_blank_values=True)
    _check_each_once(name, options)
    query = dict(options)
    given = {option: value for option, value in query.items() if option.lower().startswith(("ssl", "tls"))}
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
            raise _invalid(name, f"{option} makes sense for rediss:// only")
        if option in _REDIS_ALWAYS and value.lower().removeprefix("cert_") != _REDIS_ALWAYS[option]:
            raise _invalid(name, f"{option} can only be {_REDIS_ALWAYS[option]}: servers are always verified")
        if option not in (*_REDIS_FILES, *_REDIS_ALWAYS):
            raise _invalid(name, f"it knows no option {option}, only {', '.join(_REDIS_FILES)}")


def _file(option: str, path: str) -> str:
    try:
        with Path(path).open("rb"):
            return path
    except OSError as error:
        raise _invalid(option, f"{path or 'no file'} cannot be read: {error.strerror}") from error


def _invalid(name: str, reason: str) -> EnvError:
    return EnvError(f'Environment variable or option "{name}" invalid: {reason}.')

"""Paths and addresses of the embedded set-up.

The settings use them if the environment names no servers. They depend on the data directory alone, so a command in a
second terminal (`celery -A celery_app inspect ping`) finds the running Valkey without any variable.
"""

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# The kernel limits socket paths to 108 bytes on Linux and 104 elsewhere.
_LONGEST_SOCKET_PATH = 100
_PRIVATE = 0o700

HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def data_dir() -> Path:
    """Return the directory of the database, the embedded Valkey and the secret key."""
    return (BASE_DIR / Path(os.environ.get("TECHLIST_DATA_DIR") or ".data").expanduser()).resolve()


def make_data_dir() -> Path:
    """Create the data directory, which only its owner can read, since it contains the secret key."""
    path = data_dir()
    path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    return path


def socket_path() -> Path:
    """Return Valkey's socket. If the data directory's path is too long, it is in a private directory under /tmp.

    The directory is not under TMPDIR, because every terminal must find the same path.
    """
    path = data_dir() / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(data_dir())).hexdigest()[:16]
    directory = Path("/tmp") / f"techlist-{os.getuid()}-{digest}"  # noqa: S108  # owner and mode are checked
    if directory.is_symlink() or directory.exists():
        _check_private(directory)
    return directory / path.name


def make_socket_dir() -> Path:
    path = socket_path()
    path.parent.mkdir(mode=_PRIVATE, exist_ok=True)
    if path.parent != data_dir():
        _check_private(path.parent)
    return path


def remove_socket_dir() -> None:
    """Remove the directory in /tmp, unless a killed server left its socket there, which the next server replaces."""
    path = socket_path()
    if path.parent != data_dir():
        with suppress(OSError):
            path.parent.rmdir()


def _check_private(directory: Path) -> None:
    """Raise PermissionError if another user created the directory first, since anyone can write to /tmp."""
    info = directory.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or stat.S_IMODE(info.st_mode) != _PRIVATE:
        message = f"{directory} must be a directory that only you can access (mode 0700). Remove it and start again."
        raise PermissionError(message)


def broker_url() -> str:
    """Return the embedded broker's URL, in kombu's form for a Unix socket."""
    return f"redis+socket://{quote(str(socket_path()))}?virtual_host=0"


def cache_url() -> str:
    """Return the embedded cache's URL. It has a separate database, so that clearing it does not affect the broker."""
    return f"unix://{quote(str(socket_path()))}?db=1"


def secret_key() -> str:
    """Return the secret key in the data directory. The first call creates it."""
    path = make_data_dir() / "secret_key"
    if not path.exists():
        _create(path, secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii").strip()


def _create(path: Path, content: str) -> None:
    """Write a private file atomically. If several processes do so, one wins, and none reads half a file."""
    new = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(content + "\n")
    # A link never replaces a file, so a key that another process has created meanwhile stays.
    with suppress(FileExistsError):
        path.hardlink_to(new)
    new.unlink()

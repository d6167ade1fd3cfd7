"""Where the embedded set-up keeps its data, and the addresses that follow from it.

Settings use these when the environment names no servers. Everything is worked out from the data directory alone,
so a second terminal (`celery -A celery_app inspect ping`) finds the running Valkey without any variable.
"""

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# The kernel's limit for a socket's path is 108 bytes on Linux and 104 elsewhere.
_LONGEST_SOCKET_PATH = 100
_PRIVATE = 0o700

# The names of this machine to itself.
HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def data_dir() -> Path:
    """The directory of the database, the embedded Valkey and the secret key; relative means: to the project."""
    return (BASE_DIR / Path(os.environ.get("TECHLIST_DATA_DIR") or ".data").expanduser()).resolve()


def make_data_dir() -> Path:
    """Create the data directory. Only its owner may look inside: it holds the secret key."""
    path = data_dir()
    path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    return path


def socket_path() -> Path:
    """Where the embedded Valkey listens; in a private directory under /tmp if the data directory's path is too long.

    /tmp and not TMPDIR: every terminal must come to the same answer.
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
    """Create the directory of the socket, and return the socket's path."""
    path = socket_path()
    path.parent.mkdir(mode=_PRIVATE, exist_ok=True)
    if path.parent != data_dir():
        _check_private(path.parent)
    return path


def remove_socket_dir() -> None:
    """Leave nothing in /tmp. A socket still in it was left by a killed server, and the next server replaces it."""
    path = socket_path()
    if path.parent != data_dir():
        with suppress(OSError):
            path.parent.rmdir()


def _check_private(directory: Path) -> None:
    """Anybody may write to /tmp: refuse a directory that somebody else put there first."""
    info = directory.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or stat.S_IMODE(info.st_mode) != _PRIVATE:
        message = f"{directory} must be a directory that only you can open (mode 0700). Remove it and start again."
        raise PermissionError(message)


def broker_url() -> str:
    """Address of the embedded broker, in kombu's form for a Unix socket."""
    return f"redis+socket://{quote(str(socket_path()))}?virtual_host=0"


def cache_url() -> str:
    """Address of the embedded cache, in redis-py's form; a database of its own, so clearing it spares the broker."""
    return f"unix://{quote(str(socket_path()))}?db=1"


def secret_key() -> str:
    """Read the secret key of this data directory, making one the first time."""
    path = make_data_dir() / "secret_key"
    if not path.exists():
        _create(path, secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii").strip()


def _create(path: Path, content: str) -> None:
    """Write a private file in one step: of several processes one wins, and none ever reads half of it."""
    new = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(content + "\n")
    # A link never replaces a file: the key that another process made in the meantime stays.
    with suppress(FileExistsError):
        path.hardlink_to(new)
    new.unlink()

"""How many connections a web process accepts, as each is an open file."""

import resource

# As many are enough for thousands of idle clients, and the memory for their connections stays below 100 MiB.
_WANTED = 4_096
# Files that are not connections of clients: code, logs, connections to servers, and two for each long response.
_OTHERS = 224


def connections() -> int:
    """Return how many connections a process may have, once raise_limit() was called in it."""
    return _allowed() - _OTHERS


def raise_limit() -> None:
    """Raise this process's limit of open files, which is often 1,024, as far as the system allows and it is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _allowed():
        resource.setrlimit(resource.RLIMIT_NOFILE, (_allowed(), hard))


def _allowed() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)

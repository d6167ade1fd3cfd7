"""The process that parses manifests for techs.imports.parsing, with limits on its memory and processor time.

Without Django, so that it starts quickly. It ends with the process that started it, as the connection then closes.
"""

import pickle
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from techs.imports.manifests import Manifest, ManifestError, read

CPU_SECONDS = 5
MEMORY = 200 * 1024 * 1024
TOO_MUCH_MEMORY = "This takes too much memory to read. Split the file."


def main(descriptor: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent
    _limit_memory()
    connection = Connection(descriptor)
    while True:
        try:
            name, content = connection.recv()
        except EOFError:
            return
        # When this timer expires, SIGPROF ends the process. It counts processor time.
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        result = _parse(name, content)
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send_bytes(pickle.dumps(result))


def _parse(name: str, content: bytes) -> Manifest | ManifestError:
    try:
        return read(name, content)
    except ManifestError as error:
        return error
    except MemoryError:
        return ManifestError(TOO_MUCH_MEMORY)


def _limit_memory() -> None:
    # The kernel counts addresses, so add those of the interpreter and its libraries. Only Linux has /proc.
    if (statm := Path("/proc/self/statm")).exists():
        own = int(statm.read_text().split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (own + MEMORY, most))


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""Threads of `make run` share a few heaps of the C library."""

import subprocess
import sys
from pathlib import Path

import pytest

from techlist.local.embedded import BASE_DIR

# Each thread allocates at the same time as the others, so that they would rather have heaps of their own.
SCRIPT = """
import ctypes, sys, threading
from techlist.local import preloading

if sys.argv[1] == "shared":
    preloading.share_heaps()
libc, barrier = ctypes.CDLL(None), threading.Barrier(12)

def allocate():
    barrier.wait()
    kept = [bytearray(50_000) for _ in range(200)]
    barrier.wait()

threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fopen.restype = ctypes.c_void_p
report = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(report))
libc.fclose(ctypes.c_void_p(report))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has such heaps")
def test_threads_share_heaps(tmp_path: Path) -> None:
    def heaps(how: str) -> int:
        report = tmp_path / how
        subprocess.run([sys.executable, "-c", SCRIPT, how, str(report)], cwd=BASE_DIR, check=True)
        return report.read_text().count("<heap nr=")

    assert heaps("shared") <= 2 < heaps("own")

"""Threads of `make run` share a few heaps of the C library, and its forks put their objects on pages of their own."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from techlist.local.embedded import BASE_DIR

# Each thread allocates at the same time as the others, so that they would rather have heaps of their own.
SCRIPT = """
import ctypes, sys, threading
from techlist import heaps

if sys.argv[1] == "shared":
    heaps.share_heaps()
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


# Every other object is freed. The script prints how many of the pages with gaps later objects use.
GAPS = """
import sys
from techlist import heaps

PAGE, HEADER = 4096, 64
kept = [bytes(3000) for _ in range(1000)]
pages = {(id(each) + HEADER) // PAGE for each in kept[1::2]}
del kept[1::2]
if sys.argv[1] == "filled":
    heaps.fill_gaps()
later = [bytes(2000) for _ in range(500)]
print(len(pages & {(id(each) + HEADER) // PAGE for each in later}))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="only glibc knows where its heap ends")
def test_objects_use_no_gaps_once_these_are_filled() -> None:
    def used(how: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", GAPS, how], cwd=BASE_DIR, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert used("filled") <= 2 < used("open")

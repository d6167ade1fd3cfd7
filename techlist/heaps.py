"""The heaps of glibc, the C library of most Linux systems. With any other library, this has no effect."""

import ctypes

_M_ARENA_MAX = -8  # of mallopt()
_HEAPS = 2
# Sizes to request, largest first. A chunk has a header of 8 bytes, and is at least 32 bytes long.
_SIZES = (*range(65536, 4096, -4096), *range(4088, 8, -16))
_libc = ctypes.CDLL(None)
_malloc = _libc.malloc
_malloc.argtypes, _malloc.restype = [ctypes.c_size_t], ctypes.c_size_t
_free = _libc.free
_free.argtypes = [ctypes.c_void_p]


class _Usage(ctypes.Structure):
    """What mallinfo2() returns."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )
    keepcost: int


def share_heaps() -> None:
    """Let threads share a few heaps. With many, each keeps memory that its requests needed once."""
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, _HEAPS)


def fill_gaps() -> None:
    """Take the free memory between objects for good, so that forks put their objects on new pages.

    Otherwise they put them in these gaps, which are less than a megabyte, but on a thousand pages: each fork would
    copy most of these, which it could otherwise share. Call this before threads start.
    """
    end = _end_of_objects()
    if not end:
        return
    for size in _SIZES:
        while _fills_gap(size, end):
            pass


def _end_of_objects() -> int:
    """Return the end of the last object, or 0 if this is unknown."""
    mallinfo = getattr(_libc, "mallinfo2", None)  # since glibc 2.33
    if not mallinfo:
        return 0
    mallinfo.restype = _Usage
    sbrk = _libc.sbrk
    sbrk.restype = ctypes.c_size_t
    end: int = sbrk(0) - mallinfo().keepcost
    return end


def _fills_gap(size: int, end: int) -> bool:
    address: int = _malloc(size)
    if 0 < address < end:
        return True
    _free(address)
    return False

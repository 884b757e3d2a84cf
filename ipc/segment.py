"""Shared memory without a name: a sealed memfd, passed by descriptor, gone with its last holder."""

import fcntl
import mmap
import os


def create(label: str, size: int) -> int:
    """Return the descriptor of ``size`` zeroed bytes, all of them backed by memory now.

    Sealed against resizing, so that no holder can make another one's access fail.
    OSError(ENOSPC or ENOMEM) where the memory is not to be had.
    """
    fd = os.memfd_create(f"steadyvoice-{label}", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.posix_fallocate(fd, 0, size)  # else a full tmpfs is a SIGBUS at the first touch
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    except BaseException:
        os.close(fd)
        raise
    return fd


def attach(fd: int) -> memoryview:
    """Map the whole segment for reading and writing; the mapping lives as long as the view. Keeps fd open."""
    return memoryview(mmap.mmap(fd, os.fstat(fd).st_size))

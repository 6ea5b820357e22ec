"""Whether the folders of a file system tell, by their times, that an entry was added or taken away."""

from __future__ import annotations

import os

# Those of which it is known, as Linux names them. Of others it is seen where the cache lies on the same device.
TELLING = frozenset(
    "apfs bcachefs btrfs ext2 ext3 ext4 f2fs jfs overlay reiserfs tmpfs ufs xfs zfs".split(),
)
MOUNTS = "/proc/self/mountinfo"


def same_device(one: str, other: str) -> bool:
    """Whether two folders lie on one device."""
    try:
        return os.stat(one).st_dev == os.stat(other).st_dev
    except OSError:
        return False


def known_to_tell(folder: str) -> bool:
    """Whether the folder lies on a file system of a kind that is known to tell."""
    try:
        device = os.stat(folder).st_dev
        with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            mounts = file.read()
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    kinds = {
        line.partition(" - ")[2].partition(" ")[0] for line in mounts.splitlines() if line.split(" ", 3)[2] == number
    }
    return bool(kinds) and kinds <= TELLING

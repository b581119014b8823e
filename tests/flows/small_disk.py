"""小磁盘：把数据库搬到一个小的内存文件系统上，再用压舱文件塞满。"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.flows.own_server import OwnServer

SPARE = 192 << 20
"""Bytes that are free at first: the server keeps up to 128 MB of WAL for reuse."""
BLOCK = 1 << 16


class SmallDisk:
    """The file system on which the server's files lie for a while."""

    def __init__(self, home: Path) -> None:
        self.ballast = home / "ballast"

    def fill(self) -> None:
        """Write the ballast until nothing more goes in."""
        with self.ballast.open("ab", buffering=0) as stream:
            size = BLOCK
            while size >= 512:
                try:
                    stream.write(b"\0" * size)
                except OSError:
                    size //= 2

    def free(self) -> None:
        """Throw the ballast away."""
        self.ballast.unlink()


@contextmanager
def small_disk(server: OwnServer) -> Iterator[SmallDisk]:
    """Move the stopped server's files to a tmpfs mounted in their place; afterwards the old files are back.

    PermissionError when this user or this container may not mount.
    """
    home = server.cluster.place.home
    server.stop()
    kept = home.with_name(f"{home.name}.kept")
    owner = home.stat()
    size = _size(home) + SPARE
    home.rename(kept)
    try:
        home.mkdir(mode=0o700)
        options = f"size={size},mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
        _run("mount", "-t", "tmpfs", "-o", options, "gongdi-small", str(home))
        try:
            _run("cp", "-a", f"{kept}/.", str(home))
            server.start()
            yield SmallDisk(home)
        finally:
            server.stop()
            _run("umount", "--lazy", str(home))
    finally:
        shutil.rmtree(home, ignore_errors=True)
        kept.rename(home)
        server.start()


def _size(folder: Path) -> int:
    """Bytes on disk of a folder."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


def _run(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    if done.returncode != 0:
        raise PermissionError(done.stderr.strip())

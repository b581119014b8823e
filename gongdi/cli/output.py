"""输出写不出去：磁盘满了，或读的人走了。"""

import errno
import os

FULL = (errno.ENOSPC, errno.EDQUOT)


def drop() -> None:
    """Nobody can take the output any more; keep the interpreter from complaining when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

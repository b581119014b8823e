"""每个压测结果都要带的环境：提交号、核数、负载、持久化设置。"""

import os
import subprocess
from pathlib import Path
from typing import Any


def surroundings() -> dict[str, Any]:
    """Return the keys that every bench prints (contract: load_average, cores, commit, fsync, settings_changed)."""
    return {
        "load_average": list(os.getloadavg()),
        "cores": len(os.sched_getaffinity(0)),
        "commit": commit(),
        "fsync": True,
        "settings_changed": [],
    }


def commit() -> str:
    """Return the short commit of the source tree, "" outside a checkout."""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()

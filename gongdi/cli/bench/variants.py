"""压测的空循环进程。"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from gongdi.cli.bench.stage import wait_for_port
from gongdi.config.load import Config


@contextlib.contextmanager
def loop_process(config: Config, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the bare loop until the block ends."""
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environ |= {"DATA": str(config.data), "GONGDI_HJ212_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "gongdi.cli.bench.loop"], env=environ)
    try:
        wait_for_port(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(10)

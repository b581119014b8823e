"""对照的 InfluxDB 1.6：找到程序，起一个一次性的实例。"""

import contextlib
import http.client
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gongdi.cli.bench.stage import wait_for_port

NAME = "influxdb_1_6_sink"
CONFIG = """reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[logging]
  level = "error"
  suppress-logo = true
"""


def program() -> str | None:
    """Return the influxd program, None when it is not installed (Debian: influxdb)."""
    return shutil.which("influxd")


@contextlib.contextmanager
def running(port: int, folder: Path) -> Iterator[int]:
    """Run influxd with its own defaults for durability and a database `bench`; yields its process id."""
    influxd = program()
    assert influxd is not None
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "influxdb.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, rpc=port + 1))
    process = subprocess.Popen(
        [influxd, "-config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, process)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/query?q=CREATE+DATABASE+bench")
        connection.getresponse().read()
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)

"""开发用数据库：启动一次，留在 /tmp，测试反复使用。

    python tools/devdb.py          start (when not running) and print the DSNs of database gongdi_dev
    python tools/devdb.py stop     stop the server;  reset: stop and delete everything

`export GONGDI_TEST_DATA=/tmp/gongdi-dev` makes pytest use this server (one database of its own per session).
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from gongdi.cli.launcher import postgres, scratch
from gongdi.config.load import Config
from gongdi.config.secrets import ensure_secrets

DATABASE = "gongdi_dev"


def main(words: list[str]) -> int:
    """Start, stop or reset the kept development cluster."""
    data = Path(os.environ.get("GONGDI_TEST_DATA", "/tmp/gongdi-dev"))
    config = scratch.config_of(data)
    if words and words[0] in ("stop", "reset"):
        if data.exists():
            postgres.stop_orphan(postgres.prepare(config, print))
        if words[0] == "reset":
            shutil.rmtree(data, ignore_errors=True)
        return 0
    ensure_running(config)
    session = data / "dev"
    session.mkdir(exist_ok=True)
    ensure_secrets(data)
    shutil.copyfile(data / "secrets.json", session / "secrets.json")
    os.chmod(session / "secrets.json", 0o600)
    scratch.drop_database(config, DATABASE)
    scratch.create_database(session, config, DATABASE)
    for role in ("owner", "app", "gateway", "super"):
        print(f"{role:8} {scratch.config_of(session).dsn(role)}")
    print(
        f"\nexport GONGDI_TEST_DATA={data}    # 测试使用这个服务器\nexport DATA={session}    # gongdi 命令使用库 {DATABASE}"
    )
    return 0


def ensure_running(config: Config) -> None:
    """Start the server detached from this process unless it is running already."""
    cluster = postgres.prepare(config, print)
    if not postgres.is_running(cluster):
        log = config.data / "postgres.log"
        postgres.start_cluster(cluster, log, death_signal=None)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))

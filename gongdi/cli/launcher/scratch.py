"""试验数据库：给测试和基准一个带全部迁移的临时库，和正式系统同一套程序。"""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from gongdi.cli.launcher import postgres, roles
from gongdi.cli.launcher.migrations import fingerprint
from gongdi.config.load import ROLE_USERS, Config, ConfigError, load
from gongdi.config.secrets import write_private


def write_runtime(data: Path, socket: str, dbname: str) -> None:
    """Point a data directory at one database of a running cluster."""
    runtime = {"socket": socket, "pg_port": postgres.PG_PORT, "dbname": dbname}
    write_private(data / "runtime.json", json.dumps(runtime))


def create_database(data: Path, cluster: Config, dbname: str) -> None:
    """Create a migrated database `dbname` in the running `cluster` and point `data` at it.

    The migrated template is made once per state of the migrations; a copy takes a fraction of a second.
    `data` must hold the same secrets as the cluster.
    """
    socket = cluster.connection("super")["host"]
    template = f"gongdi_template_{fingerprint()}"
    with _locked(cluster.data / "template.lock"):
        if not _exists(cluster, template):
            _make_template(data, cluster, template)
        _execute(
            cluster,
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(dbname), sql.Identifier(ROLE_USERS["owner"]), sql.Identifier(template)
            ),
        )
    write_runtime(data, socket, dbname)
    roles.ensure_database(cluster, dbname)


def drop_database(cluster: Config, dbname: str) -> None:
    """Drop a database together with the connections that are still open on it."""
    _execute(cluster, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(dbname)))


def _make_template(data: Path, cluster: Config, template: str) -> None:
    unfinished = f"{template}_new"
    drop_database(cluster, unfinished)
    roles.ensure_database(cluster, unfinished)
    write_runtime(data, cluster.connection("super")["host"], unfinished)
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environ["DATA"] = str(data)
    done = subprocess.run(
        [sys.executable, "-m", "gongdi.cli.main", "migrate"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ConfigError(f"迁移失败：\n{done.stdout}{done.stderr}")
    _execute(
        cluster,
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(unfinished), sql.Identifier(template)
        ),
    )


def _exists(cluster: Config, dbname: str) -> bool:
    with _maintenance(cluster) as connection:
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (dbname,)).fetchone()
    return row is not None


def _execute(cluster: Config, statement: sql.Composed) -> None:
    with _maintenance(cluster) as connection:
        connection.execute(statement)


def _maintenance(cluster: Config) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(cluster.dsn("super", "postgres"), autocommit=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def config_of(data: Path) -> Config:
    """Return the configuration of a data directory alone, whatever the environment says."""
    return load({"DATA": str(data)})

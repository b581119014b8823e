"""热表的建表语句、版本，以及连接前的耐久性检查。"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import psycopg

SCHEMA_VERSION = 1
_DURABLE = ("on", "remote_apply")


class StoreRefused(Exception):
    """The database may not be used for acknowledged data; the message is Chinese."""


def sql_files() -> list[tuple[str, str]]:
    """Names and texts of the schema files in order (热表建表语句)."""
    folder = files("gongdi.ingest").joinpath("schema")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names]


def check_version(connection: psycopg.Connection[Any]) -> None:
    """Refuse another schema version and a database that may forget a commit; raises StoreRefused."""
    found = _schema_version(connection)
    if found != SCHEMA_VERSION:
        raise StoreRefused(
            f"数据库的热表是第 {found} 版，本程序只认识第 {SCHEMA_VERSION} 版，请先迁移数据库或更换程序版本"
        )
    for name, allowed in (
        ("fsync", ("on",)),
        ("full_page_writes", ("on",)),
        ("synchronous_commit", _DURABLE),
    ):
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        value = row[0] if row else ""
        if value not in allowed:
            raise StoreRefused(
                f"数据库参数 {name} 是 {value}，断电会丢失已应答的数据，不能接收设备数据；请改为 on 后重启"
            )


def _schema_version(connection: psycopg.Connection[Any]) -> int:
    try:
        row = connection.execute("SELECT max(n) FROM schema_version").fetchone()
    except psycopg.errors.UndefinedTable as error:
        raise StoreRefused("数据库里没有热表，请先运行 gongdi up 完成迁移") from error
    return int(row[0]) if row and row[0] is not None else 0

"""分钟数据的日分区：按上海零点预建，归档后卸下并删除。"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg import sql

T = TypeVar("T")
AHEAD_DAYS = 7
BEHIND_DAYS = 3
_TRIES = 5
_PARENTS = ("obs_minute", "obs_extra")


def name_of(day: date, parent: str = "obs_minute") -> str:
    """Table name of a day partition."""
    return f"{parent}_{day:%Y%m%d}"


def ensure(connection: psycopg.Connection[Any], first: date, last: date) -> int:
    """Create the day partitions first..last through the SECURITY DEFINER function; count of new tables."""
    return _retry(partial(_ensure_once, connection, first, last))


def upkeep(connection: psycopg.Connection[Any], today: date) -> int:
    """Partitions for the days around today, a week ahead (预建分区)."""
    return ensure(connection, today - timedelta(days=BEHIND_DAYS), today + timedelta(days=AHEAD_DAYS))


def existing(connection: psycopg.Connection[Any], parent: str = "obs_minute") -> set[date]:
    """Days whose partition is attached and not being detached."""
    rows = connection.execute(
        "SELECT right(c.relname, 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = to_regclass(%s) AND NOT i.inhdetachpending",
        (parent,),
    ).fetchall()
    return {date.fromisoformat(row[0]) for row in rows}


def drop_day(owner: psycopg.Connection[Any], day: date) -> None:
    """Detach and drop a day; `owner` is an autocommit connection of the table owner.

    DETACH CONCURRENTLY cannot run in a function or a transaction block, so the worker's upkeep does it with the
    owner's connection. An interrupted detach is finished by FINALIZE on the next call.
    """
    if not owner.autocommit:
        raise ValueError("卸下分区要用自动提交的连接")
    owner.execute("SET lock_timeout = '2s'")
    for parent in _PARENTS:
        child = name_of(day, parent)
        _retry(partial(_detach, owner, parent, child))
        _retry(partial(_drop, owner, child))


def tidy_day(owner: psycopg.Connection[Any], day: date) -> None:
    """Rebuild the key of a finished day, whose pages are left about 70% full by scattered inserts.

    `owner` is an autocommit connection of the table owner; readers and writers are not blocked.
    """
    child = name_of(day)
    owner.execute("SET lock_timeout = '2s'")
    if owner.execute("SELECT to_regclass(%s)", (child,)).fetchone() != (None,):
        _retry(partial(_reindex, owner, child))


def _reindex(owner: psycopg.Connection[Any], child: str) -> None:
    # 上次中断会留下无效的副本，先清掉
    leftovers = owner.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = to_regclass(%s) AND NOT indisvalid",
        (child,),
    ).fetchall()
    for (name,) in leftovers:
        owner.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))
    owner.execute(sql.SQL("REINDEX TABLE CONCURRENTLY {}").format(sql.Identifier(child)))


def _ensure_once(connection: psycopg.Connection[Any], first: date, last: date) -> int:
    with connection.transaction():
        row = connection.execute("SELECT obs_minute_ensure(%s, %s)", (first, last)).fetchone()
    return int(row[0]) if row else 0


def _detach(owner: psycopg.Connection[Any], parent: str, child: str) -> None:
    row = owner.execute(
        "SELECT inhdetachpending FROM pg_inherits WHERE inhparent = to_regclass(%s) AND inhrelid = to_regclass(%s)",
        (parent, child),
    ).fetchone()
    if row is None:
        return
    finalize = sql.SQL("ALTER TABLE {} DETACH PARTITION {} FINALIZE")
    concurrently = sql.SQL("ALTER TABLE {} DETACH PARTITION {} CONCURRENTLY")
    statement = finalize if row[0] else concurrently
    owner.execute(statement.format(sql.Identifier(parent), sql.Identifier(child)))


def _drop(owner: psycopg.Connection[Any], child: str) -> None:
    owner.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(child)))


def _retry(action: Callable[[], T]) -> T:
    for attempt in range(_TRIES - 1):
        try:
            return action()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            time.sleep(0.2 * 2**attempt)
    return action()

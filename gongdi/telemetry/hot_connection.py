"""把 Django 的连接借给写入层的函数：同一事务，用服务端参数的游标。"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def hot_connection() -> Iterator["psycopg.Connection[Any]"]:
    """The current connection with plain psycopg cursors (binary results), for functions of `ingest`."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    kept = raw.cursor_factory
    raw.cursor_factory = psycopg.Cursor
    try:
        yield raw
    finally:
        raw.cursor_factory = kept

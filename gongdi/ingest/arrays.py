"""打包好的数组作为查询参数：与 COPY 用同一种二进制，不逐个元素转换。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Dumper

from gongdi.ingest.copy_format import TIMESTAMPTZ_OID, packed_array

MINUS_INFINITY = -(2**63)  # timestamptz '-infinity'


class Int4Array:
    """int4[] from integers."""

    def __init__(self, values: Iterable[int]) -> None:
        self.data = packed_array("i", values)


class InstantArray:
    """timestamptz[] from microseconds since 2000-01-01 UTC."""

    def __init__(self, micros: Iterable[int]) -> None:
        self.data = packed_array("q", micros, TIMESTAMPTZ_OID)


class _Packed(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: Int4Array | InstantArray) -> bytes:
        return obj.data


class _Int4Dumper(_Packed):
    oid = psycopg.adapters.types["int4"].array_oid


class _InstantDumper(_Packed):
    oid = psycopg.adapters.types["timestamptz"].array_oid


def register(connection: psycopg.Connection[Any]) -> None:
    """Let a connection take these arrays as parameters."""
    connection.adapters.register_dumper(Int4Array, _Int4Dumper)
    connection.adapters.register_dumper(InstantArray, _InstantDumper)

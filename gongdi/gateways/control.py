"""网关与数据库之间的旁路：设备表、命令、缺口、自身存活；与写入分开的一条连接。"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from gongdi.gateways.devices import COLUMNS, Device, device_of
from gongdi.gateways.gaps import Span
from gongdi.gateways.logs import line
from gongdi.kernel.policy import PolicyRow, PolicySet

DEVICES = f"SELECT {COLUMNS} FROM gateway_device WHERE kind = 'dust'"
RECEIVED = """
SELECT subject_id, day, received::text FROM coverage_day
 WHERE stream = 1 AND subject_id = ANY(%s) AND day = ANY(%s)
"""
STORED = "SELECT device_id, ts, interval_min FROM obs_minute WHERE device_id = ANY(%s) AND ts >= %s"
ASKED = """
SELECT device_id, begins, ends, result FROM gateway_command
 WHERE device_id = ANY(%s) AND cn IN (2051, 2061) AND asked_at > %s AND (result IN ('no_data', 'done')
    OR (result = 'no_answer' AND asked_at > now() - interval '24 hours'))
"""
OPEN_COMMANDS = """
SELECT id, device_id, cn, begins, ends FROM gateway_command
 WHERE done_at IS NULL AND sent_at IS NULL AND device_id = ANY(%s) AND asked_at > %s ORDER BY id
"""
CLAIM = (
    "UPDATE gateway_command SET gateway_id = %s, sent_at = %s WHERE id = %s AND sent_at IS NULL RETURNING id"
)
ASK = """
INSERT INTO gateway_command (device_id, cn, begins, ends, asked_at, sent_at, gateway_id)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
FINISH = "UPDATE gateway_command SET done_at = %s, result = %s WHERE id = %s"
START = "INSERT INTO gateway_instance (name, started_at, last_seen) VALUES (%s, %s, %s) RETURNING id"
ALIVE = "UPDATE gateway_instance SET last_seen = %s WHERE id = %s"
STOPPED = "UPDATE gateway_instance SET last_seen = %s, stopped_at = %s WHERE id = %s"
POLICY = """
SELECT key, division, value, valid_from, basis, decided_by, id FROM kernel_policyvalue ORDER BY id
"""
CHANNELS = ("devices", "commands")
PATIENCE = "-c lock_timeout=5s -c statement_timeout=30s"  # 表被别人锁住时要说出来，不能无声地等
Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Control:
    """Small statements of the gateway on one autocommit connection, reconnected when lost."""

    def __init__(self, dsn: str, log: logging.Logger) -> None:
        self.dsn = dsn
        self.log = log
        self.connection: Connection | None = None
        self.lock = asyncio.Lock()

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(
            self.dsn,
            autocommit=True,
            row_factory=tuple_row,
            connect_timeout=5,
            application_name="gongdi gateway",
            options=PATIENCE,
        )

    async def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run one statement and fetch its rows, if any; raises psycopg.Error when the database is away."""
        async with self.lock:
            if self.connection is None or self.connection.closed:
                self.connection = await self._connect()
            try:
                cursor = await self.connection.execute(statement, parameters)
                return await cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                await self.connection.close()
                raise

    async def close(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            await self.connection.close()

    async def devices(self) -> list[Device]:
        """All dust devices as the gateway knows them (设备表)."""
        found = []
        for row in await self.rows(DEVICES):
            device, complaint = device_of(row)
            if complaint:
                self.log.warning(line("设备兼容方案无法使用，按标准处理", mn=device.mn, why=complaint))
            found.append(device)
        return found

    async def policy(self) -> PolicySet:
        """The decided parameters (政策决定) over the shipped defaults."""
        return PolicySet(tuple(PolicyRow(*row) for row in await self.rows(POLICY)))

    async def listen(self, heard: Callable[[str], None]) -> None:
        """LISTEN for ever on a connection of its own; after every (re)connect all channels count as heard."""
        pause = 0.2
        while True:
            try:
                async with await self._connect() as connection:
                    for channel in CHANNELS:
                        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                    for channel in CHANNELS:
                        heard(channel)
                    pause = 0.2
                    async for notice in connection.notifies():
                        heard(notice.channel)
            except psycopg.Error as error:
                self.log.warning(line("监听数据库通知中断，稍后重连", why=error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)

    # ------------------------------------------------------------ the instance

    async def start(self, name: str, now: datetime) -> int:
        """Write this process's row and return its number (网关进程)."""
        return int((await self.rows(START, name, now, now))[0][0])

    async def alive(self, gateway_id: int, now: datetime) -> None:
        """Move `last_seen`."""
        await self.rows(ALIVE, now, gateway_id)

    async def stopped(self, gateway_id: int, now: datetime) -> None:
        """Write the planned end."""
        await self.rows(STOPPED, now, now, gateway_id)

    # ------------------------------------------------------------ commands and gaps

    async def open_commands(self, device_ids: Sequence[int], since: datetime) -> list[tuple[Any, ...]]:
        """Requests asked by a page and not sent yet: (id, device_id, cn, begins, ends)."""
        return await self.rows(OPEN_COMMANDS, list(device_ids), since)

    async def claim(self, command_id: int, gateway_id: int, now: datetime) -> bool:
        """Take a command; False when another gateway was faster."""
        return bool(await self.rows(CLAIM, gateway_id, now, command_id))

    async def ask(self, request: tuple[int, int, datetime, datetime], gateway_id: int, now: datetime) -> int:
        """Write the gateway's own history request (device, cn, begins, ends); returns its id."""
        return int((await self.rows(ASK, *request, now, now, gateway_id))[0][0])

    async def finish(self, command_id: int, result: str, now: datetime) -> None:
        """Write how a command ended."""
        await self.rows(FINISH, now, result, command_id)

    async def received(self, device_ids: Sequence[int], days: Sequence[date]) -> dict[int, dict[date, str]]:
        """Maps of received minutes by device and Shanghai day."""
        found: dict[int, dict[date, str]] = {}
        for device_id, day, bits in await self.rows(RECEIVED, list(device_ids), list(days)):
            found.setdefault(device_id, {})[day] = bits
        return found

    async def stored(self, device_ids: Sequence[int], since: datetime) -> Iterable[tuple[int, datetime, int]]:
        """Rows that the maps may not show yet: (device, start, interval in minutes)."""
        return [(row[0], row[1], row[2]) for row in await self.rows(STORED, list(device_ids), since)]

    async def asked(self, device_ids: Sequence[int], since: datetime) -> dict[int, list[tuple[Span, str]]]:
        """History requests already answered, by device."""
        found: dict[int, list[tuple[Span, str]]] = {}
        for device_id, begins, ends, result in await self.rows(ASKED, list(device_ids), since):
            span = Span(int(begins.timestamp()), int(ends.timestamp()))
            found.setdefault(device_id, []).append((span, result))
        return found

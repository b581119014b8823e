"""对照用的空循环：成帧、校验、解析、COPY、应答，别的都不做。"""

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import psycopg
import uvloop

from gongdi.config.load import load
from gongdi.ingest.copy_format import HEADER, TRAILER, MinutePacker, MinuteShape
from gongdi.ingest.rows import COLUMNS, to_micros
from gongdi.kernel.clock import now as clock_now
from gongdi.protocols.hj212.frames import Frame, Framer
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.replies import data_ack
from gongdi.protocols.hj212.reports import Report, read_head, reader_for

FLUSH_S = 0.1
FLUSH_ROWS = 5_000


class Loop:
    """The shared batch: packed rows and the transports to answer after COMMIT."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg.connect(dsn)
        self.ids: dict[str, int] = dict(
            self.connection.execute("SELECT device_no, id FROM gateway_device").fetchall()
        )
        self.connection.commit()
        self.packer = MinutePacker()
        self.rows: list[Report] = []
        self.answers: list[tuple[asyncio.Transport, bytes]] = []
        self.reader = reader_for(DeviceSettings(pm_unit="ug"))
        self.executor = ThreadPoolExecutor(1)

    def copy(self, rows: list[Report]) -> None:
        """Write the rows with one binary COPY and commit."""
        at = to_micros(clock_now())
        shapes: dict[MinuteShape, list[bytes]] = {}
        for report in rows:
            shape, values = self.packer.shape(report.values)
            packed = shape.pack(
                to_micros(report.ts), at, report.marks, self.ids[report.device_no], 1, 0, *values
            )
            shapes.setdefault(shape, []).append(packed)
        statement = f"COPY loop_minute ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(HEADER)
            for shape, packed_rows in shapes.items():
                copy.write(shape.finish(packed_rows))
            copy.write(TRAILER)
        self.connection.commit()

    async def flush_for_ever(self) -> None:
        """Commit what has gathered every FLUSH_S, then answer."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(FLUSH_S)
            if self.rows:
                rows, answers = self.rows, self.answers
                self.rows, self.answers = [], []
                await loop.run_in_executor(self.executor, self.copy, rows)
                for transport, answer in answers:
                    transport.write(answer)


class Peer(asyncio.Protocol):
    """One connection of the bare loop."""

    def __init__(self, loop: Loop) -> None:
        self.loop, self.framer = loop, Framer()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Frame, CRC, parse, keep the row, answer after COMMIT."""
        for item in self.framer.feed(data):
            if not isinstance(item, Frame):
                continue
            head = read_head(item.segment)
            report = self.loop.reader.read(head)
            if isinstance(report, Report):
                self.loop.rows.append(report)
                self.loop.answers.append((self.transport, data_ack(head.header, 2017)))


async def serve() -> None:
    """Listen until SIGTERM."""
    config = load(os.environ)
    shared = Loop(config.dsn("owner"))
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    running.add_signal_handler(signal.SIGTERM, stop.set)
    await running.create_server(lambda: Peer(shared), "127.0.0.1", config.hj212_port, backlog=4096)
    flusher = running.create_task(shared.flush_for_ever())
    await stop.wait()
    flusher.cancel()


def main() -> int:
    """Run the loop as its own process (`python -m gongdi.cli.bench.loop`)."""
    uvloop.run(serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())

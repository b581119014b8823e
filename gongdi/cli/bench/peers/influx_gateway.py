"""对照：同一个网关，写入端换成 InfluxDB 1.6；数据库地址在环境变量 GONGDI_BENCH_INFLUX。"""

import asyncio
import http.client
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from gongdi.cli.main import main
from gongdi.gateways import dust
from gongdi.ingest.notes import Heard
from gongdi.ingest.rows import VALUE_COLUMNS, Done, MinuteRow, Outcome, ReportedRow
from gongdi.ingest.writer import WriterStats

FLUSH_S = 0.1


def line_of(row: MinuteRow) -> str:
    """Return one row in line protocol: device as tag, every value a field, seconds as time."""
    fields = [
        f"{name}={value}" for name, value in zip(VALUE_COLUMNS, row.values, strict=True) if value is not None
    ]
    fields.append(f"marks={row.marks}i")
    return f"obs_minute,device={row.device_id} {','.join(fields)} {int(row.ts.timestamp())}"


class InfluxWriter:
    """The writer's interface with an InfluxDB behind it; an answer follows the 204 of its batch."""

    paused = False

    def __init__(self, dsn: str, gateway_id: int, policy: Any = None, on_pause: Any = None) -> None:
        self.rows: list[tuple[MinuteRow, Done | None]] = []
        self.executor = ThreadPoolExecutor(1)
        self.influx: http.client.HTTPConnection | None = None
        self.stats = WriterStats()

    async def start(self) -> None:
        """Begin flushing."""
        self.task = asyncio.create_task(self._flush_for_ever())

    async def stop(self, timeout: float = 5.0) -> None:
        """Stop flushing."""
        self.task.cancel()

    def put_minute(self, row: MinuteRow, done: Done | None = None) -> None:
        """Add a row to the batch."""
        self.rows.append((row, done))

    def put_reported(self, row: ReportedRow, done: Done | None = None) -> None:
        """Hour and day frames are not part of the comparison."""

    def put_heard(self, heard: Heard) -> None:
        """Last values are not kept by this peer."""

    def put_canary(self, minute: datetime, done: Callable[[], object] | None = None) -> None:
        """The canary is answered without a row."""
        if done is not None:
            done()

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Take refused frames, strangers and connections, and keep none of them."""
        if not name.startswith("put_"):
            raise AttributeError(name)
        return lambda *_values: None

    def _post(self, rows: list[tuple[MinuteRow, Done | None]]) -> None:
        if self.influx is None:
            self.influx = http.client.HTTPConnection(os.environ["GONGDI_BENCH_INFLUX"])
        body = "\n".join(line_of(row) for row, _ in rows).encode()
        self.influx.request("POST", "/write?db=bench&precision=s", body)
        answer = self.influx.getresponse()
        text = answer.read()
        if answer.status != 204:
            raise OSError(f"InfluxDB {answer.status}：{text[:200]!r}")

    async def _flush_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(FLUSH_S)
            rows, self.rows = self.rows, []
            if rows:
                await loop.run_in_executor(self.executor, self._post, rows)
                for _, done in rows:
                    if done is not None:
                        done(Outcome.STORED)


if __name__ == "__main__":
    setattr(dust, "Writer", InfluxWriter)  # noqa: B010
    sys.exit(main())

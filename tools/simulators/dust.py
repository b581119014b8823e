"""模拟扬尘设备：单独的进程，用真正的 HJ 212 报文经 TCP 上传。"""

import argparse
import asyncio
import json
import logging
import random
import signal
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tools.simulators.behaviour import Spec, dress, header, period, realtime
from tools.simulators.wire import fields, segments

BEIJING = ZoneInfo("Asia/Shanghai")
ACK_WAIT_S = 10.0
TRIES = 3
KEEP = 4_320
MOMENT = "%Y%m%d%H%M%S"
log = logging.getLogger("simulator")


class Device:
    """One simulated dust monitor: sends, keeps what was not acknowledged, obeys commands."""

    def __init__(self, spec: Spec, clock: Callable[[], datetime]) -> None:
        self.spec = spec
        self.clock = clock
        self.offset = spec.offset
        self.pending: OrderedDict[str, bytes] = OrderedDict()
        self.acked = asyncio.Event()
        self.count = 0
        self.done_minute: datetime | None = None
        self.done_hour: datetime | None = None
        self.realtime_s = spec.realtime_s
        self.writer: asyncio.StreamWriter | None = None

    def now(self) -> datetime:
        """The device's own idea of Beijing time."""
        return self.clock() + self.offset

    async def run(self, host: str, port: int) -> None:
        """Connect, work, reconnect for ever."""
        await asyncio.sleep(random.uniform(0, 3))
        while True:
            try:
                reader, self.writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(random.uniform(3, 8))
                continue
            tasks = [
                asyncio.create_task(job) for job in (self._listen(reader), self._work(), self._deliver())
            ]
            if self.spec.behaviour == "flaky":
                tasks.append(asyncio.create_task(asyncio.sleep(300)))
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self.writer.close()
            await asyncio.sleep(random.uniform(1, 4))

    def _put(self, segment: bytes) -> None:
        assert self.writer is not None
        self.writer.write(dress(segment, self.spec, self.count))
        self.count += 1

    async def _work(self) -> None:
        """Sample: a realtime report every `realtime_s`, a minute row at its end, an hour row each hour."""
        due = 0.0
        while True:
            now = self.now()
            if now.timestamp() >= due:
                self._put(realtime(self.spec, now))
                due = now.timestamp() + self.realtime_s
            self._close_period(now)
            await asyncio.sleep(1.0)

    def _close_period(self, now: datetime) -> None:
        step = timedelta(minutes=self.spec.interval)
        start = now.replace(second=0, microsecond=0)
        start -= timedelta(minutes=(start.hour * 60 + start.minute) % self.spec.interval) + step
        if self.done_minute is not None and start > self.done_minute:
            self._keep(2061 if self.spec.interval == 60 else 2051, start, now)
        self.done_minute = start
        hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        if self.done_hour is not None and hour > self.done_hour and self.spec.interval != 60:
            self._keep(2061, hour, now)
        self.done_hour = hour

    def _keep(self, cn: int, start: datetime, now: datetime) -> None:
        if self.spec.behaviour == "gap" and cn == 2051 and 20 <= start.minute < 28:
            return
        self.pending[f"{cn}/{start:{MOMENT}}"] = period(self.spec, cn, start, now)
        while len(self.pending) > KEEP:
            self.pending.popitem(last=False)

    async def _deliver(self) -> None:
        """Stop and wait (停等): send the oldest kept row until it is acknowledged."""
        while True:
            if not self.pending:
                await asyncio.sleep(0.5)
                continue
            key, segment = next(iter(self.pending.items()))
            for _ in range(TRIES):
                self.acked.clear()
                self._put(segment)
                try:
                    await asyncio.wait_for(self.acked.wait(), ACK_WAIT_S)
                except TimeoutError:
                    continue
                self.pending.pop(key, None)
                break
            else:
                self.pending.move_to_end(key)
                await asyncio.sleep(60)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        buffer = bytearray()
        while data := await reader.read(65_536):
            buffer += data
            for segment in segments(buffer):
                await self._obey(fields(segment))

    async def _obey(self, order: dict[str, str]) -> None:
        cn = order.get("CN")
        if cn == "9014":
            self.acked.set()
        if cn in ("9013", "9014", "9021") or not self.spec.obeys:
            return
        self._answer(9011, order, "QnRtn=1")
        result = 1
        if cn in ("2051", "2061") and "BeginTime" in order:
            result = await self._history(int(cn), order)
        elif cn == "1012" and self.spec.behaviour != "stubborn":
            told = datetime.strptime(order["SystemTime"][:14], MOMENT).replace(tzinfo=BEIJING)
            self.offset = told - self.clock()
        elif cn == "1062":
            self.realtime_s = max(5.0, float(order.get("RtdInterval", "60")))
        self._answer(9012, order, f"ExeRtn={result}")

    def _answer(self, cn: int, order: dict[str, str], result: str) -> None:
        head = header(self.spec, cn, self.now(), ack=False, st="91")
        head = f"QN={order.get('QN', '')};" + head.split(";", 1)[1]
        self._put(f"{head}CP=&&{result}&&".encode())

    async def _history(self, cn: int, order: dict[str, str]) -> int:
        step = timedelta(minutes=self.spec.interval if cn == 2051 else 60)
        begin, end = (
            datetime.strptime(order[name][:14], MOMENT).replace(tzinfo=BEIJING)
            for name in ("BeginTime", "EndTime")
        )
        moment = begin
        while moment <= min(end, self.now() - step):
            self._put(period(self.spec, cn, moment, self.now()))
            moment += step
            await asyncio.sleep(0.02)
        return 1 if moment > begin else 100


async def serve(devices: list[Spec], host: str, port: int) -> None:
    """Run all devices until SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    tasks = [asyncio.create_task(Device(spec, _clock).run(host, port)) for spec in devices]
    log.info("模拟设备 %d 台，发往 %s:%d", len(tasks), host, port)
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _clock() -> datetime:
    return datetime.now(BEIJING)


def main() -> int:
    """`python -m tools.simulators.dust FILE HOST PORT`."""
    parser = argparse.ArgumentParser(description="模拟扬尘设备")
    parser.add_argument("file", type=Path, help="demo-devices.json")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    rows = json.loads(options.file.read_text("utf-8"))
    devices = [Spec.read(row) for row in rows if row.get("kind", "dust") == "dust"]
    asyncio.run(serve(devices, options.host, options.port))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

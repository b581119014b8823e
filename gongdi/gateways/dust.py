"""扬尘网关进程：收报文，落盘后应答；不认识 Django，可同时运行多个。"""

import asyncio
import errno
import gc
import itertools
import logging
import signal
import socket
import time
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

import psycopg
import uvloop

from gongdi.config.load import Config, ConfigError
from gongdi.gateways.canary import Canary
from gongdi.gateways.control import Control
from gongdi.gateways.devices import Registry
from gongdi.gateways.history import History
from gongdi.gateways.hub import Hub, instant
from gongdi.gateways.limits import Limits, limits_of
from gongdi.gateways.link import Link
from gongdi.gateways.logs import configure, line
from gongdi.gateways.session import House
from gongdi.gateways.sink import Sink
from gongdi.gateways.window import oldest_accepted
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.schema import StoreRefused
from gongdi.ingest.writer import Writer
from gongdi.kernel import policy
from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.clock import SHANGHAI

ACCEPT_BACKLOG = 4_096
DRAIN_S = 3.0
REFRESH_S = 60.0
ALIVE_S = 10.0
REPORT_BEATS = 6
CANARY_S = 60.0


class Gateway:
    """One gateway process (网关进程): listener, links, writer and the tasks beside them.

    依据: 379-2.2.2, 379-2.2.3
    """

    def __init__(self, config: Config, port: int, log: logging.Logger) -> None:
        self.config = config
        self.port = port
        self.log = log
        self.dsn = config.dsn("gateway")
        self.control = Control(self.dsn, log)
        self.reload = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.stopping = asyncio.Event()

    async def start(self) -> None:
        """Connect, load devices, listen. Raises StoreRefused, psycopg.Error or OSError."""
        now = time.time()
        name = f"{socket.gethostname()}:{self.port}"  # 重启后同名：故障时段按名字接续
        self.gateway_id = await self.control.start(name, instant(now))
        decided = await self.control.policy()
        limits = limits_of(decided, _beijing(now).date())
        rules = WriterPolicy(
            flush_rows=limits.flush_rows,
            flush_s=limits.flush_s,
            backlog_rows=limits.backlog_rows,
            kept_per_source_day=limits.quarantine_per_source,
            kept_per_day=limits.quarantine_per_day,
            pending_devices=limits.pending_devices,
        )
        self.writer = Writer(self.dsn, self.gateway_id, rules, self._stall)
        await self.writer.start()
        self.canary = Canary(self.gateway_id)
        house = House(Registry(limits), limits, _beijing)
        house.canary_mn, house.canary_password = self.canary.mn, self.canary.password
        self.hub = Hub(house, Sink(self.writer), self.log, time.time)
        self.history = History(self.hub, self.control, self.gateway_id, self.log)
        self.hub.on_met, self.hub.on_answered = self.history.met, self.history.answered
        await self._load()
        self.server = await asyncio.get_running_loop().create_server(
            lambda: Link(self.hub), self.config.host, self.port, reuse_port=True, backlog=ACCEPT_BACKLOG
        )
        for job in (self._refresh(), self._tick(), self._alive(), self._canary(), self.history.run()):
            self._spawn(job)
        self._spawn(self.control.listen(self._heard))
        self.log.info(
            line("扬尘网关开始接收", host=self.config.host, port=self.port, gateway=self.gateway_id)
        )

    async def stop(self) -> None:
        """Stop accepting and reading, flush, acknowledge, close: within five seconds."""
        self.server.close()
        self.hub.end_all("platform_stopped")
        try:
            await asyncio.wait_for(self._drained(), DRAIN_S)
        except TimeoutError:
            self.log.warning(line("停止时仍有未提交的报文，设备会重发", links=len(self.hub.links)))
        await self._end_tasks()
        await self.writer.stop(1.0)
        try:
            await asyncio.wait_for(self.control.stopped(self.gateway_id, instant(time.time())), 1.0)
            await self.control.close()
        except (psycopg.Error, TimeoutError):
            self.log.warning(line("停止时刻未能记下：数据库不可用"))
        self.log.info(line("扬尘网关已停止", gateway=self.gateway_id))

    async def _end_tasks(self) -> None:
        """Cancel until all have ended: `wait_for` of Python 3.11 loses a cancellation that meets its result."""
        left = set(self.tasks)
        for _ in range(10):
            if not left:
                break
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.1)
        await asyncio.gather(*set(self.tasks) - left, return_exceptions=True)

    async def _drained(self) -> None:
        while self.hub.links:
            await asyncio.sleep(0.02)

    # ------------------------------------------------------------ tasks

    def _spawn(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        task.add_done_callback(self._ended)
        self.tasks.append(task)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """A task of the gateway must not end by itself: the launcher restarts the process."""
        if not task.cancelled() and not self.stopping.is_set():
            self.log.error(line("网关内部任务意外结束，进程退出", why=repr(task.exception())))
            self.stopping.set()

    def _stall(self, stalled: bool) -> None:
        self.hub.stall(stalled)

    def _heard(self, channel: str) -> None:
        if channel == "devices":
            self.reload.set()
        else:
            self.history.wake.set()

    async def _load(self) -> None:
        now = time.time()
        today = _beijing(now).date()
        decided = await self.control.policy()
        self._apply(limits_of(decided, today))
        lock_day = decided.get(policy.LOCK_DAY, today)
        oldest = oldest_accepted(instant(now), lock_day, shipped_calendar())
        self.hub.house.oldest = oldest.timestamp()
        self.hub.devices_changed(self.hub.house.registry.replace(await self.control.devices(), now))

    def _apply(self, limits: Limits) -> None:
        """Use new limits from the next connection on; the writer keeps those of its start."""
        self.hub.house.limits = self.hub.house.registry.limits = limits

    async def _refresh(self) -> None:
        """Reload the devices after a notice, and every minute in case one was missed."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.reload.wait(), REFRESH_S)
                await asyncio.sleep(0.05)
            self.reload.clear()
            try:
                await self._load()
            except psycopg.Error as error:
                self.log.warning(line("设备表读取失败，稍后再试", why=error))
                await asyncio.sleep(0.5)
                self.reload.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.hub.tick()

    async def _alive(self) -> None:
        for beat in itertools.count(1):
            await asyncio.sleep(ALIVE_S)
            if beat % REPORT_BEATS == 0:
                stats = self.writer.stats
                self.log.info(
                    line("运行情况", links=len(self.hub.links), rows=stats.rows, stored=stats.stored)
                )
            try:
                await self.control.alive(self.gateway_id, instant(time.time()))
            except psycopg.Error as error:
                self.log.warning(line("存活时刻未能记下", why=error))

    async def _canary(self) -> None:
        """Once a minute through the public listener (哨兵); the first one at once."""
        while True:
            now = time.time()
            if not await self.canary.beat(self.config.host, self.port, _beijing(now)):
                self.log.error(line("哨兵报文没有得到应答", gateway=self.gateway_id))
            after = time.time()
            await asyncio.sleep(CANARY_S - after % CANARY_S + 1.0)


def _beijing(now: float) -> datetime:
    return datetime.fromtimestamp(now, SHANGHAI)


async def serve(config: Config, port: int, log: logging.Logger) -> int:
    """Run one gateway until SIGINT or SIGTERM; 0 after a graceful stop, 1 when it could not go on."""
    gateway = Gateway(config, port, log)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, asked.set)
    await gateway.start()
    _calm_collector()
    waits = [asyncio.create_task(event.wait()) for event in (asked, gateway.stopping)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    failed = gateway.stopping.is_set()
    gateway.stopping.set()
    await gateway.stop()
    return 1 if failed else 0


def _calm_collector() -> None:
    """Rows live until their flush: young collections at the default 700 objects would only walk them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def main(config: Config, port: int | None = None) -> int:
    """`gongdi gateway dust`; returns the exit code, ConfigError (Chinese) when it cannot start."""
    log = configure("gongdi.gateways")
    chosen = port or config.hj212_port
    try:
        return uvloop.run(serve(config, chosen, log))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise ConfigError(
            f"端口 {chosen} 已被占用，请停掉占用它的程序，或用 GONGDI_HJ212_PORT 换一个端口。"
        ) from None
    except StoreRefused as error:
        raise ConfigError(f"{error}。") from None
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
        raise ConfigError("数据库里有别的会话锁着网关要用的表，网关没有启动，请稍后再试。") from None
    except psycopg.OperationalError:
        raise ConfigError("连不上数据库，请先用 make run 启动系统，或用 --data 指明它的数据目录。") from None

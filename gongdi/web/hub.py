"""实时的中枢：每个进程一条 LISTEN 连接，断了就重连，只传编号。"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg

from gongdi.config.load import ConfigError

CHANNEL = "live"
RETRY_S = (0.5, 1, 2, 5)
log = logging.getLogger("gongdi.web.live")


@dataclass(eq=False)
class Subscriber:
    """One open stream: the device ids it may hear of, what arrived since it last looked."""

    ids: frozenset[int]
    arrived: set[int] = field(default_factory=set)
    lost: bool = False
    closed: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, ids: Iterable[int]) -> None:
        """Keep what concerns this stream."""
        mine = self.ids.intersection(ids)
        if mine:
            self.arrived |= mine
            self.wake.set()

    def take(self) -> tuple[set[int], bool]:
        """What arrived, and whether something may have been missed meanwhile."""
        taken, lost = self.arrived, self.lost
        self.arrived, self.lost = set(), False
        self.wake.clear()
        return taken, lost


class Hub:
    """Hands notifications of one LISTEN connection to all streams of the process."""

    def __init__(self, dsn: Callable[[], str]) -> None:
        self._dsn = dsn
        self._subscribers: set[Subscriber] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, ids: frozenset[int]) -> Subscriber:
        """A new stream; the first one starts the listener. Streams of a loop that has ended are forgotten."""
        subscriber, loop = Subscriber(ids), asyncio.get_running_loop()
        if self._task is not None and self._task.get_loop() is not loop:
            self._subscribers.clear()
            self._task = None
        self._subscribers.add(subscriber)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._listen())
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """End of a stream; the last one stops the listener."""
        self._subscribers.discard(subscriber)
        if not self._subscribers and self._task is not None:
            self._task.cancel()
            self._task = None

    def close(self) -> None:
        """End all streams, from a signal handler too: the process is about to stop."""
        if self._task is not None and not self._task.done():
            self._task.get_loop().call_soon_threadsafe(self._end_all)

    @property
    def streams(self) -> int:
        """Number of open streams."""
        return len(self._subscribers)

    async def _listen(self) -> None:
        tries = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._dsn(), autocommit=True) as connection:
                    await connection.execute("LISTEN live")
                    self._resync()
                    tries = 0
                    async for notice in connection.notifies():
                        self._spread(device_ids(notice.payload))
            except (psycopg.Error, OSError, ConfigError) as error:
                log.warning("实时连接断开，正在重连：%s", error)
            await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1

    def _spread(self, ids: frozenset[int]) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber.offer(ids)

    def _end_all(self) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber.closed = True
            subscriber.wake.set()

    def _resync(self) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber.lost = True
            subscriber.wake.set()


def device_ids(payload: str) -> frozenset[int]:
    """Ids of a payload 'dust 1,2,3'; anything else is empty."""
    kind, _, rest = payload.partition(" ")
    if kind != "dust":
        return frozenset()
    return frozenset(int(word) for word in rest.split(",") if word.isdecimal())

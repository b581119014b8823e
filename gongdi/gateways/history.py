"""补传：定期和重连后找出缺口，按设备逐条请求历史数据，结果记在命令表。"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg

from gongdi.gateways.control import Control
from gongdi.gateways.decisions import Answered
from gongdi.gateways.devices import Live
from gongdi.gateways.gaps import BEIJING, Span, days_between, missing_spans, with_rows, without
from gongdi.gateways.hub import Hub, instant
from gongdi.gateways.logs import line
from gongdi.gateways.orders import history_command

MINUTE, HOUR = 2051, 2061
HOURLY = 60
NO_HISTORY_S = 24 * 3600.0
MANUAL_S = 600.0
BUSY_S = 2.0
CHUNK = 200
SPANS_A_ROUND = 12


@dataclass(slots=True, eq=False)
class History:
    """Asks devices for what is missing (补传请求): one request in flight per device, bounded in all."""

    hub: Hub
    control: Control
    gateway_id: int
    log: logging.Logger
    due: dict[int, float] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Queue[tuple[int, str]] = field(default_factory=asyncio.Queue)

    def met(self, live: Live) -> None:
        """A device has come (back): look for its gaps soon (重连后)."""
        limits = self.hub.house.limits
        self.due[live.device.id] = self.hub.clock() + limits.first_contact_s

    def answered(self, answered: Answered) -> None:
        """A command ended: remember devices without history, write the result of the request."""
        command, result, live = answered.outcome.command, answered.outcome.result, answered.live
        if command.is_history and result in ("no_answer", "refused"):
            live.no_history_until = self.hub.clock() + NO_HISTORY_S
            self.log.info(line("设备不答补传请求，记为无历史", mn=live.device.mn, result=result))
        elif result not in ("done", "interrupted"):
            self.log.info(line("命令未成", mn=live.device.mn, cn=command.cn, result=result))
        if command.row is not None:
            self.finished.put_nowait((command.row, result))

    async def run(self) -> None:
        """Work for ever: every second the devices whose turn it is, page requests at once."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), 1.0)
            asked = self.wake.is_set()
            self.wake.clear()
            try:
                await self._write_results()
                if asked:
                    await self._page_requests()
                await self._look_for_gaps()
            except psycopg.Error as error:
                self.log.warning(line("补传检查暂停：数据库不可用", why=error))
                await asyncio.sleep(2.0)

    async def _write_results(self) -> None:
        while not self.finished.empty():
            row, result = self.finished.get_nowait()
            try:
                await self.control.finish(row, result, instant(self.hub.clock()))
            except psycopg.Error:
                self.finished.put_nowait((row, result))
                raise

    # ------------------------------------------------------------ a page asks

    async def _page_requests(self) -> None:
        held = {live.device.id: live for live in self._held()}
        now = self.hub.clock()
        since = instant(now) - timedelta(seconds=MANUAL_S)
        for number, device_id, cn, begins, ends in await self.control.open_commands(list(held), since):
            if begins is None or not await self.control.claim(number, self.gateway_id, instant(now)):
                continue
            command = history_command(held[device_id], cn, (begins.timestamp(), ends.timestamp()), number)
            live = held[device_id]
            link = self.hub.links.get(live.holder) if live.holder else None
            if link is None or live.holder is None:
                self.finished.put_nowait((number, "interrupted"))
                continue
            self.hub.carry_out(link, live.holder.order(live, [command], now), now)

    # ------------------------------------------------------------ gaps

    def _held(self) -> list[Live]:
        by_id = self.hub.house.registry.by_id.values()
        return [live for live in by_id if live.holder is not None and live.holder in self.hub.links]

    async def _look_for_gaps(self) -> None:
        now = self.hub.clock()
        limits = self.hub.house.limits
        held = {live.device.id: live for live in self._held()}
        for device_id in self.due.keys() - held.keys():
            del self.due[device_id]
        busy = sum(live.commander.current is not None for live in held.values())
        turn = sorted((at, number) for number, at in self.due.items() if at <= now)
        room = min(CHUNK, max(0, limits.requests_in_flight - busy))
        lives = []
        for _, number in turn[:room]:
            live = held[number]
            if live.commander.current is not None or not live.edition:
                self.due[number] = now + BUSY_S
                continue
            self.due[number] = now + limits.gap_every_s
            if live.takes_commands and now >= live.no_history_until:
                lives.append(live)
        if lives:
            await self._ask(lives, now)

    async def _ask(self, lives: list[Live], now: float) -> None:
        limits = self.hub.house.limits
        since = now - limits.back_fill_s
        numbers = [live.device.id for live in lives]
        maps = await self.control.received(numbers, days_between(since, now))
        fresh: dict[int, list[tuple[float, int]]] = {}
        for device_id, at, minutes in await self.control.stored(
            numbers, instant(now - 2 * limits.gap_every_s)
        ):
            fresh.setdefault(device_id, []).append((at.timestamp(), minutes))
        asked = await self.control.asked(numbers, instant(since))
        for live in lives:
            device = live.device
            if any(result == "no_answer" for _, result in asked.get(device.id, [])):
                live.no_history_until = now + NO_HISTORY_S
                continue
            interval = device.interval_min
            begins = max(since, device.valid_from)
            ends = now - max(180.0, 2 * 60.0 * interval)
            known = with_rows(maps.get(device.id, {}), fresh.get(device.id, []))
            spans = missing_spans(known, interval, begins, ends, limits.request_s)
            answered = [span for span, result in asked.get(device.id, []) if result in ("no_data", "done")]
            await self._request(live, without(spans, answered)[:SPANS_A_ROUND], now)

    async def _request(self, live: Live, spans: list[Span], now: float) -> None:
        """One round of requests; the whole round is queued, the commander sends one after the other."""
        cn = HOUR if live.device.interval_min == HOURLY else MINUTE
        for span in spans:
            holder = live.holder
            link = self.hub.links.get(holder) if holder else None
            if holder is None or link is None:
                return
            begin, end = instant(span.begins), instant(span.ends)
            row = await self.control.ask((live.device.id, cn, begin, end), self.gateway_id, instant(now))
            command = history_command(live, cn, (span.begins, span.ends), row)
            self.log.info(
                line(
                    "请求补传",
                    mn=live.device.mn,
                    begins=begin.astimezone(BEIJING),
                    ends=end.astimezone(BEIJING),
                )
            )
            self.hub.carry_out(link, holder.order(live, [command], now), now)

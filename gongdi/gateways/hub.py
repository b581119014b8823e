"""网关的中枢：收下连接，把每条连接的决定交给写入、发送或日志。"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gongdi.gateways.decisions import (
    Alarm,
    Answered,
    CanarySeen,
    Close,
    Decision,
    Met,
    Note,
    Refuse,
    Rest,
    Send,
    Store,
    Stranger,
)
from gongdi.gateways.devices import Live
from gongdi.gateways.limits import is_local
from gongdi.gateways.link import Link
from gongdi.gateways.logs import line
from gongdi.gateways.session import House, Session
from gongdi.gateways.sink import Sink

ALARM_EVERY_S = 60.0


@dataclass(slots=True, eq=False)
class Hub:
    """All links of one process; `clock` gives epoch seconds and is read once per piece of bytes."""

    house: House
    sink: Sink
    log: logging.Logger
    clock: Callable[[], float]
    on_met: Callable[[Live], None] = lambda _live: None
    on_answered: Callable[[Answered], None] = lambda _answered: None
    links: dict[Session, Link] = field(default_factory=dict)
    addresses: Counter[str] = field(default_factory=Counter)
    stalled: bool = False
    turned_away: int = 0
    strangers: int = 0
    alarmed: dict[tuple[str, str], float] = field(default_factory=dict)
    next_seq: int = 0

    # ------------------------------------------------------------ called by links

    def admit(self, link: Link, transport: asyncio.Transport) -> Session | None:
        """Take a new link, or close it: too many in all, or from one address, or unauthenticated."""
        peer = transport.get_extra_info("peername") or ("", 0)
        address = str(peer[0])
        limits = self.house.limits
        crowded = not is_local(address) and (
            self.addresses[address] >= limits.connections_per_address or self.strangers >= limits.strangers
        )
        if crowded or len(self.links) >= limits.connections:
            self.turned_away += 1
            if self.turned_away % 100 == 1:
                self.log.warning(line("连接数已到上限，不再接受", peer=address, refused=self.turned_away))
            transport.abort()
            return None
        link.peer = f"{address}:{peer[1]}"
        session = Session(self.house, link.peer, self.clock(), address)
        self.links[session] = link
        self.addresses[address] += 1
        if self.stalled:
            link.set_reading()
        return session

    def take(self, link: Link, data: bytes) -> None:
        """Bytes arrived on a link."""
        now, session = self.clock(), link.session
        assert session is not None
        ready = session.quick.take(session, data, now) if session.quick is not None else None
        if ready is not None:
            self.sink.minute(link, *ready)
        else:
            self.carry_out(link, session.feed(data, now), now)

    def gone(self, link: Link, why: str) -> None:
        """A link ended, by either side."""
        session = link.session
        if session is None or self.links.pop(session, None) is None:
            return
        self.addresses[session.address] -= 1
        if not self.addresses[session.address]:
            del self.addresses[session.address]
        now = self.clock()
        relay = any(live.device.relay_of for live in session.lives.values())
        self.carry_out(link, session.close(now), now)
        for live in session.lives.values():
            self.sink.connection(link, live, now, "relay_lost" if live.device.relay_of else why)
        if relay:
            self._relay_gone(link, session, now, why)
        if session.lives:
            self.log.debug(line("设备断开", peer=link.peer, devices=len(session.lives), why=why))

    # ------------------------------------------------------------ decisions

    def carry_out(self, link: Link, decisions: list[Decision], now: float) -> None:
        """Do what a session decided."""
        for decision in decisions:
            if type(decision) is Store:
                self.sink.store(link, decision, now)
            elif isinstance(decision, Send):
                link.send(decision.data)
            elif isinstance(decision, Rest):
                link.rest(decision.seconds)
            elif isinstance(decision, Close):
                link.end(decision.why)
            else:
                self._rare(link, decision, now)

    def _rare(self, link: Link, decision: Decision, now: float) -> None:
        if isinstance(decision, Note):
            self.sink.note(link, decision, now)
        elif isinstance(decision, CanarySeen):
            self.sink.canary(link, decision, now)
        elif isinstance(decision, Met):
            self._met(link, decision, now)
        elif isinstance(decision, Answered):
            self.on_answered(decision)
        elif isinstance(decision, Alarm):
            self._alarm(decision, now)
        elif isinstance(decision, Refuse):
            self.sink.refuse(link, decision, now)
        elif isinstance(decision, Stranger):
            self.sink.stranger(link, decision, now)

    def _met(self, link: Link, met: Met, now: float) -> None:
        device = met.live.device
        if device.id not in link.opened:
            self.next_seq += 1
            link.opened[device.id] = (self.next_seq, now)
            self.sink.connection(link, met.live, None, "")
            if device.relay_of:
                self._relay_met(link, device.relay_of, now)
            self.log.debug(line("设备上线", mn=device.mn, peer=link.peer))
        old = self.links.get(met.instead) if met.instead is not None else None
        if old is not None and met.instead is not None:
            self.log.warning(line("新连接取代旧连接", mn=device.mn, peer=link.peer, old=old.peer))
            self.sink.connection(old, met.live, now, "replaced")
            if len(met.instead.lives) == 1:
                old.end("replaced")
        self.on_met(met.live)

    def _relay_met(self, link: Link, relay_id: int, now: float) -> None:
        """The relay's own row: an outage of the relay is told apart from one of a device."""
        relay = self.house.registry.by_id.get(relay_id)
        if relay is not None and relay_id not in link.opened:
            self.next_seq += 1
            link.opened[relay_id] = (self.next_seq, now)
            self.sink.connection(link, relay, None, "", relay=True)
            self.log.info(line("转发设备上线", mn=relay.device.mn, peer=link.peer))

    def _relay_gone(self, link: Link, session: Session, now: float, why: str) -> None:
        for relay_id in link.opened.keys() - session.lives.keys():
            relay = self.house.registry.by_id.get(relay_id)
            if relay is not None:
                self.sink.connection(link, relay, now, why, relay=True)

    def _alarm(self, alarm: Alarm, now: float) -> None:
        """Log an alarm, the same one at most once a minute."""
        key = (alarm.code, alarm.device_no)
        if now - self.alarmed.get(key, 0.0) >= ALARM_EVERY_S:
            if len(self.alarmed) > 10_000:
                self.alarmed.clear()
            self.alarmed[key] = now
            self.log.warning(line(f"告警：{alarm.text}", code=alarm.code, mn=alarm.device_no))

    # ------------------------------------------------------------ the whole process

    def stall(self, stalled: bool) -> None:
        """Stop or resume reading on all links (背压): the backlog is full or the database is away."""
        if stalled != self.stalled:
            self.stalled = stalled
            self.log.warning(
                line("积压或数据库不可用，全部停读" if stalled else "恢复读取", links=len(self.links))
            )
            now = self.clock()
            for session, link in self.links.items():
                session.resume(now)
                link.set_reading()

    def tick(self) -> None:
        """Look at the times of every link, once a second; while nothing is read no time runs against a device."""
        now = self.clock()
        if self.stalled:
            return
        self.strangers = sum(not session.authenticated for session in self.links)
        for session, link in list(self.links.items()):
            decisions = session.tick(now)
            if decisions:
                self.carry_out(link, decisions, now)

    def devices_changed(self, ended: list[Live]) -> None:
        """Close the links of devices that were removed or got a new password."""
        for live in ended:
            link = self.links.get(live.holder) if live.holder is not None else None
            if link is not None and live.holder is not None and len(live.holder.lives) == 1:
                link.end("registration_changed")

    def end_all(self, why: str) -> None:
        """Read no more; every link closes as soon as its acknowledgements are out."""
        for link in list(self.links.values()):
            link.end(why)


def instant(now: float) -> datetime:
    """Epoch seconds as an aware instant."""
    return datetime.fromtimestamp(now, UTC)

"""一条连接的状态机：字节进，决定出；不碰网络、数据库和时钟。"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gongdi.gateways.clocks import diagnose
from gongdi.gateways.commander import Command, Outcome
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
from gongdi.gateways.devices import Live, Registry
from gongdi.gateways.limits import Bucket, Limits
from gongdi.gateways.orders import (
    answer_to,
    clock_command,
    first_contact,
    heartbeat_echo,
    number_in_area,
)
from gongdi.gateways.parts import Parts
from gongdi.gateways.quick import MINUTE, Quick, quick_for
from gongdi.protocols.hj212.commands import parse_answer
from gongdi.protocols.hj212.frames import Frame, FrameError, Framer, judge_line
from gongdi.protocols.hj212.profiles import STRICT, Profile
from gongdi.protocols.hj212.replies import data_ack, notice_ack, request_ack
from gongdi.protocols.hj212.reports import Head, Report, ReportError, edition_of, read_head
from gongdi.protocols.hj212.segments import parse_segment

DATA = frozenset(("2011", "2051", "2061", "2031"))
HEARTBEATS = frozenset(("9021", "3023", "9015"))
ANSWERS = frozenset(("9011", "9012"))
NAMELESS = frozenset(("", "null", "NULL", "none", "None"))
CANARY_PREFIX = "GONGDI-CANARY-"
MN_FIELD = re.compile(rb"MN=([^;,&\s]*)")
BACK_FILL, PROFILE_USED = 1, 4
MN_KEPT = 64
WRONG_PASSWORD_CODE = 3


@dataclass(slots=True)
class House:
    """What all links of one process share; `oldest` (epoch seconds) is the first data time still taken."""

    registry: Registry
    limits: Limits
    moment: Callable[[float], datetime]
    oldest: float = 0.0
    canary_mn: str = ""
    canary_password: str = ""


@dataclass(slots=True, eq=False)
class Session:
    """One link (连接): `feed`, `tick`, `order` and `close` return decisions; `now` in epoch seconds."""

    house: House
    peer: str
    opened_at: float
    address: str = ""
    framer: Framer = field(default_factory=Framer)
    profile: Profile = STRICT
    source: int = 0
    heard_at: float = 0.0
    waiting_since: float = 0.0
    partial_since: float = 0.0
    lives: dict[int, Live] = field(default_factory=dict)
    contact_due: dict[int, float] = field(default_factory=dict)
    parts: dict[int, Parts] = field(default_factory=dict)
    loose: Bucket | None = None
    authenticated: bool = False
    framed: bool = False
    quick: Quick | None = None
    out: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Idle time counts from the opening."""
        self.heard_at = self.waiting_since = self.opened_at

    # ------------------------------------------------------------ bytes in

    def feed(self, data: bytes, now: float) -> list[Decision]:
        """Take bytes from the device."""
        self.heard_at = now
        items = self.framer.feed(data)
        if items:
            self._judge(items, now)
        if not self.framer.pending:
            self.partial_since = 0.0
        else:
            self._adapt(now)
            if items or not self.partial_since:
                self.partial_since = now
        return self._taken()

    def close(self, now: float) -> list[Decision]:
        """The link is gone: flush what was incomplete, end the commands, let the devices go."""
        self._judge(self.framer.close(), now)
        for parts in self.parts.values():
            self.out.extend(parts.overdue(math.inf))
        for live in self.lives.values():
            if live.holder is self:
                live.holder = None
                self.out.extend(Answered(live, outcome) for outcome in live.commander.interrupted())
            if live.rival is self:
                live.rival = None
        return self._taken()

    def tick(self, now: float) -> list[Decision]:
        """Look at the times: idle, slow first frame, stale partial frame, commands."""
        limits = self.house.limits
        if now - self.heard_at > limits.idle_s:
            self.out.append(Close("idle"))
        elif not self.framed and now - self.waiting_since > limits.first_frame_s:
            self.out.append(Close("no_frame"))
        if self.partial_since and now - self.partial_since > limits.partial_frame_s:
            self.partial_since = 0.0
            while self.framer.pending:
                self._judge(self.framer.expire(), now)
        for parts in self.parts.values():
            self.out.extend(parts.overdue(now))
        for live in self.lives.values():
            if live.holder is self:
                self._attend(live, now)
        return self._taken()

    def resume(self, now: float) -> None:
        """Reading stopped or goes on: the time of the stop never counts against the device (背压)."""
        self.heard_at = self.waiting_since = now
        self.partial_since = now if self.partial_since else 0.0

    def order(self, live: Live, commands: list[Command], now: float) -> list[Decision]:
        """Queue commands for a device of this link and send the first."""
        for command in commands:
            live.commander.push(command)
        self._pump(live, now)
        return self._taken()

    def _taken(self) -> list[Decision]:
        out, self.out = self.out, []
        return out

    # ------------------------------------------------------------ one frame

    def _judge(self, items: Sequence[Frame | FrameError], now: float) -> None:
        for item in items:
            if type(item) is Frame:
                self._frame(item, now, self.source)
            elif type(item) is FrameError:
                self._broken(item, now)

    def _adapt(self, now: float) -> None:
        """An unfinished frame names its device: go on with the profile of that device (设备方言)."""
        waiting = self.framer.undecided
        named = self._named(waiting)
        if named is None or same_framing(named.device.profile, self.profile):
            return
        self.profile = STRICT if same_framing(named.device.profile, STRICT) else named.device.profile
        self.source = 0 if self.profile is STRICT else PROFILE_USED
        self.framer, self.quick = Framer(self.profile), None
        self._judge(self.framer.feed(waiting), now)

    def _named(self, data: bytes) -> Live | None:
        return self.house.registry.by_mn.get(_mn_in(data))

    def _broken(self, error: FrameError, now: float) -> None:
        """Judge a refused run again by the profile of the device it names."""
        live = self._named(error.raw)
        if live is not None and not same_framing(live.device.profile, self.profile):
            item = judge_line(error.raw, live.device.profile)
            if type(item) is Frame:
                source = 0 if same_framing(live.device.profile, STRICT) else PROFILE_USED
                return self._frame(item, now, source)
        self._restrain(now)
        mn = _mn_in(error.raw)
        self.out.append(Refuse(error.reason, error.detail, mn, live.device.id if live else None, error.raw))
        return None

    def _frame(self, frame: Frame, now: float, source: int) -> None:
        self.framed = True
        head = read_head(frame.segment)
        header = head.header
        mn = header.get("MN", "")
        live = self.house.registry.by_mn.get(mn)
        if live is None or not live.in_service(now):
            return self._unregistered(frame, header, mn, now)
        if not live.password_fits(header.get("PW", "")):
            return self._wrong_password(live, frame, header, now)
        rest = live.bucket.take(now)
        if rest:
            self.out.append(Rest(rest))
        if live.holder is not self:
            self._meet(live, now)
        cn = header.get("CN", "")
        if cn in DATA:
            self._data(live, frame, head, now, source)
        elif cn in ANSWERS:
            self._answer(live, frame, head, now)
        else:
            self._other(live, frame, header, now)
        if live.commander.queue:
            self._pump(live, now)
        return None

    def _unregistered(self, frame: Frame, header: dict[str, str], mn: str, now: float) -> None:
        if mn.startswith(CANARY_PREFIX):
            return self._canary(header, mn)
        self._restrain(now)
        if mn in NAMELESS:
            self.out.append(Refuse("no_mn", "报文没有设备编号 MN", mn, None, frame.raw))
        else:
            self.out.append(Stranger(mn, header.get("ST", ""), frame.raw))
        return None

    def _canary(self, header: dict[str, str], mn: str) -> None:
        """A canary of another process of the same port is sent away, so that it tries again."""
        house = self.house
        if mn == house.canary_mn and header.get("PW") == house.canary_password:
            self.authenticated = True
            self.out.append(CanarySeen(data_ack(header, 2017)))
        else:
            self.out.append(Close("canary"))

    def _wrong_password(self, live: Live, frame: Frame, header: dict[str, str], now: float) -> None:
        """Nothing of the owner changes: not the counts, not the last values, not the link."""
        self._restrain(now)
        live.wrong_passwords += 1
        if live.wrong_passwords % self.house.limits.wrong_password_alarm == 0:
            text = f"密码连续错误 {live.wrong_passwords} 次，来自 {self.peer}"
            self.out.append(Alarm("wrong_password", live.device.mn, text))
        if header.get("CN") == "1013":
            edition = edition_of(header, live.reader.settings.edition_2025)
            number = number_in_area(header, edition, frame.segment)
            self.out.append(Send(request_ack(header, edition, WRONG_PASSWORD_CODE, number)))
        self.out.append(Refuse("wrong_password", "访问密码不符", live.device.mn, live.device.id, frame.raw))

    def _restrain(self, now: float) -> None:
        """Slow down a link by the frames that belong to no device: strangers early, others at a device's rate."""
        limits = self.house.limits
        if self.loose is None:
            rate, burst = limits.stranger_frames_per_second, limits.stranger_burst
            if self.authenticated:
                rate, burst = limits.frames_per_second, limits.frame_burst
            self.loose = Bucket(rate, burst, burst, now)
        rest = self.loose.take(now)
        if rest:
            self.out.append(Rest(rest))

    # ------------------------------------------------------------ who holds the device

    def _meet(self, live: Live, now: float) -> None:
        """First frame of this device on this link; a second live link replaces the first after two frames."""
        device = live.device
        if not self.authenticated:
            self.authenticated, self.loose = True, None
        first = device.id not in self.lives
        self.lives[device.id] = live
        holder = live.holder
        if holder is not None:
            if live.rival is not self:
                live.rival, live.rival_frames = self, 0
                text = f"同一设备编号有两条连接：{holder.peer} 与 {self.peer}"
                self.out.append(Alarm("two_sessions", device.mn, text))
            live.rival_frames += 1
            if live.rival_frames < 2:
                return
        elif live.address and live.address != self.address:
            self.out.append(
                Alarm("address_changed", device.mn, f"来源地址由 {live.address} 变为 {self.address}")
            )
        live.holder, live.rival, live.address = self, None, self.address
        live.wrong_passwords = 0
        self.out.append(Met(live, holder))
        if first or holder is not None:
            self.contact_due[device.id] = now + self.house.limits.first_contact_s

    # ------------------------------------------------------------ what the frame says

    def _data(self, live: Live, frame: Frame, head: Head, now: float, source: int) -> None:
        report = live.reader.read(head)
        if type(report) is ReportError:
            if b"BeginTime=" in frame.segment:
                return self._other(live, frame, head.header, now)
            self.out.append(Refuse(report.reason, report.detail, live.device.mn, live.device.id, frame.raw))
            return None
        assert type(report) is Report
        at = report.ts.timestamp()
        limits = self.house.limits
        if not self.house.oldest <= at <= now + limits.future_s:
            detail = "数据时间超前" if at > now else "数据时间所在月份已锁定"
            self.out.append(Refuse("time", detail, live.device.mn, live.device.id, frame.raw))
            return None
        live.edition, live.st = report.edition, head.header.get("ST", "")
        if report.backfill or (live.commander.current and live.commander.data_arrived(at, now)):
            source |= BACK_FILL
        elif report.cn == 2011:
            self._watch_clock(live, now, at)
        ack = b""
        if report.ack_wanted:
            number = number_in_area(head.header, report.edition, frame.segment)
            ack = data_ack(head.header, report.edition, number)
        store = Store(live, report, frame.raw, ack, source)
        if "PNUM" in head.header:
            self.out.extend(self.parts.setdefault(live.device.id, Parts()).take(store, head.header, now))
        else:
            self.out.append(store)
            if report.cn == MINUTE and not source and live.holder is self and len(self.lives) == 1:
                self.quick = quick_for(live, head)
        return None

    def _watch_clock(self, live: Live, now: float, at: float) -> None:
        live.clock.observe(now, at)
        found = diagnose(live.clock.skew)
        if found != live.diagnosis:
            live.diagnosis = found
            if found is not None:
                self.out.append(Alarm("clock", live.device.mn, found))

    def _answer(self, live: Live, frame: Frame, head: Head, now: float) -> None:
        self.out.append(Note(live, int(head.header["CN"]), frame.raw, b""))
        answer = parse_answer(parse_segment(frame.segment))
        if answer is None or answer.result is None:
            return
        if answer.cn == 9011:
            outcome = live.commander.request_answered(answer.qn, answer.result, now)
        else:
            outcome = live.commander.executed(answer.qn, answer.result)
        self._ended(live, outcome, now)

    def _other(self, live: Live, frame: Frame, header: dict[str, str], now: float) -> None:
        """Heartbeats, time checks and everything that is only kept as raw bytes."""
        cn = header.get("CN", "")
        edition = edition_of(header, live.reader.settings.edition_2025)
        live.edition = live.edition or edition
        number = int(cn) if cn.isascii() and cn.isdigit() and len(cn) <= 4 else 0
        ack = b""
        if cn in HEARTBEATS:
            self.out.append(Send(heartbeat_echo(header)))
        elif cn == "1013":
            asked = number_in_area(header, edition, frame.segment)
            self.out.append(Send(notice_ack(header, edition, asked)))
            live.commander.push(clock_command(live, edition))
        else:
            ack = answer_to(header, edition, frame.segment)
        self.out.append(Note(live, number, frame.raw, ack))

    # ------------------------------------------------------------ commands

    def _attend(self, live: Live, now: float) -> None:
        """Time of one held device: first contact, clock, repeats."""
        limits = self.house.limits
        due = self.contact_due.get(live.device.id)
        if due is not None and now >= due:
            del self.contact_due[live.device.id]
            if live.takes_commands:
                for command in first_contact(live, limits, now):
                    live.commander.push(command)
        if live.takes_commands and live.clock.wants_setting(
            now, limits.clock_tolerance_s, limits.clock_set_every_s
        ):
            live.clock.was_set(now)
            live.commander.push(clock_command(live))
        step = live.commander.tick(now, self.house.moment(now)) if live.commander.current else None
        if isinstance(step, bytes):
            self.out.append(Send(step))
        else:
            self._ended(live, step, now)
        self._pump(live, now)

    def _ended(self, live: Live, outcome: Outcome | None, now: float) -> None:
        if outcome is not None:
            self.out.append(Answered(live, outcome))
            self._pump(live, now)

    def _pump(self, live: Live, now: float) -> None:
        if live.holder is self and live.commander.current is None and live.commander.queue:
            data = live.commander.pump(now, self.house.moment(now))
            if data is not None:
                self.out.append(Send(data))


def same_framing(one: Profile, other: Profile) -> bool:
    """Whether two profiles cut and check frames alike, whatever their units."""
    return (one.crc, one.length_offset, one.length_digits) == (
        other.crc,
        other.length_offset,
        other.length_digits,
    )


def _mn_in(data: bytes) -> str:
    found = MN_FIELD.search(data)
    return found.group(1)[:MN_KEPT].decode("utf-8", "replace") if found else ""

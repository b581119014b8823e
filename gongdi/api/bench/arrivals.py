"""测试设备收到的每一包：从隔离、原文、待登记三处取来，各给一个结论。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongdi.api.packets.remedies import Remedy, remedy_of
from gongdi.api.packets.values import UNIT_NAMES
from gongdi.api.packets.verdict import DATA, Verdict, verdict_of
from gongdi.equipment.bench import TrialFacts
from gongdi.monitor.queries import frames, quarantine
from gongdi.protocols.hj212.damage import Damage, damages
from gongdi.protocols.hj212.findings import half_day_off
from gongdi.protocols.hj212.profiles import PmUnit
from gongdi.protocols.hj212.reports import parse_time

KEPT = 20
CLOCK_LIMIT = timedelta(seconds=60)
_OWN_REASONS = frozenset({"wrong_password", "time", "no_mn", "not_data", "encrypted"})


@dataclass(frozen=True, slots=True)
class Chip:
    """One check of an arrival in a few words: `ok`, `bad`, `doubt` or `none`."""

    key: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One packet of a trial device: what it is, what is said of it, what is to be done."""

    at: datetime
    peer: str
    length: int
    taken: bool
    tone: str
    title: str
    lead: str
    verdict: Verdict | None
    damages: tuple[Damage, ...]
    chips: tuple[Chip, ...]
    remedy: Remedy | None
    received: str = ""
    expected: str = ""
    proof: str = ""

    @property
    def passed(self) -> bool:
        """A minute packet that would count as one sample."""
        return self.taken and self.tone == "ok"

    @property
    def states(self) -> dict[str, str]:
        """State of each check by its key, for the preview of the thirty."""
        return {chip.key: chip.state for chip in self.chips}


def arrivals(device: TrialFacts, address: str) -> list[Arrival]:
    """Packets of a trial device, newest first; `address`: of the person who looks, to find nameless ones."""
    unit: PmUnit = device.pm_unit
    taken = frames.last_raw(device.gateway_id, KEPT)
    found = [_taken(raw, at, unit) for raw, at in taken if at >= device.created_at]
    refused = quarantine.refused_page(device.gateway_ids, device.created_at, "", slice(0, KEPT)).rows
    found += [_refused(row, device.mn, unit) for row in refused]
    if address:
        found += [_refused(row, "", unit) for row in quarantine.refused_from(address, device.created_at)]
    found += [_stranger(row, device.mn) for row in quarantine.knocking_like(device.mn, device.created_at)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:KEPT]


def _taken(raw: bytes, at: datetime, unit: PmUnit) -> Arrival:
    one = verdict_of(raw, unit)
    number = one.finding.segment.header.get("CN", "")
    tone, title, lead, remedy = one.tone, one.title, one.lead, one.remedy
    if one.finding.keys or not one.finding.sound:
        tone, title, lead, remedy = "warn", "按设备的方言收下", one.lead, one.remedy
    elif number == "2051" and tone == "ok":
        title, lead = "这一包合格，若为正式设备将计入 1 个样本", "格式、身份、数值都合格，平台已应答 9014。"
    elif number == "2011" and tone == "ok":
        tone, title = "warn", "实时数据收到了，还差分钟数据 CN 2051"
        lead = "实时数据 CN 2011 只用来看当前值，不计样本；请让设备每分钟上传一包 CN 2051。"
    elif one.values.suspected is not None:
        remedy = remedy_of(("unit",))
    clock = clock_chip(one, at)
    if clock.state == "bad":
        tone, title, lead, remedy = (
            "warn",
            "收到了，但设备时钟像是 12 小时制",
            clock.words,
            remedy_of(("twelve",)),
        )
    chips = (
        *_form_chips(one),
        Chip("mn", "MN 已登记", "ok"),
        Chip("password", "密码", "ok"),
        *_value_chips(one),
        clock,
    )
    return Arrival(at, "", len(raw), True, tone, title, lead, one, one.damages, chips, remedy)


def _refused(row: quarantine.Refused, mn: str, unit: PmUnit) -> Arrival:
    reason, at = row.frame.reason, row.frame.received_at
    one = verdict_of(row.data, unit)
    bad = damages(row.data, reason, mn)
    tone, title, lead, remedy = one.tone, one.title, one.lead, one.remedy
    if reason in _OWN_REASONS:
        tone, remedy = "bad", remedy_of((reason,))
        title, lead = remedy.title, row.frame.detail
        if reason == "time" and half_day(one, at):
            remedy = remedy_of(("twelve",))
            title, lead = remedy.title, "数据时间与收到时刻正好差 12 小时"
    identity = _identity(reason, row)
    chips = (*_form_chips(one), *identity, *_value_chips(one), clock_chip(one, at))
    received, expected, proof = _versus(one)
    return Arrival(
        at, row.peer, row.frame.length, False, tone, title, lead, one, bad, chips, remedy, received, expected, proof
    )  # fmt: skip


def _stranger(row: quarantine.PendingDevice, mn: str) -> Arrival:
    remedy = remedy_of(("unknown_device",))
    chips = (Chip("mn", "MN 不符", "bad"),)
    why = "与登记的只差一两位，或只是大小写不同"
    return Arrival(
        row.last_seen, row.peer, 0, False, "bad", remedy.title, f"收到的 MN 是 {row.device_no}，共 {row.n} 包",
        None, (), chips, remedy, row.device_no, mn, why,
    )  # fmt: skip


def _form_chips(one: Verdict) -> tuple[Chip, ...]:
    checks = {check.key: check for check in one.finding.checks}
    ends, length, crc, version = (checks[key] for key in ("ends", "length", "crc", "version"))
    sent = (
        f"CRC {one.finding.crc_sent}"
        if crc.state == "ok"
        else "CRC 不符"
        if crc.state == "bad"
        else "CRC 算不出"
    )
    return (
        Chip("ends", "包头包尾" if ends.state == "ok" else ends.compared, ends.state),
        Chip("length", f"长度 {one.finding.declared or '无'}，实数 {one.finding.length}", length.state),
        Chip("crc", sent, crc.state),
        Chip("version", version.compared.rpartition("，")[0] or version.compared, version.state),
    )


def _identity(reason: str, row: quarantine.Refused) -> tuple[Chip, Chip]:
    if not row.device_id:
        return Chip("mn", "没有 MN", "bad"), Chip("password", "密码未查", "none")
    if reason == "wrong_password":
        return Chip("mn", "MN 已登记", "ok"), Chip("password", "密码不符", "bad")
    return Chip("mn", "MN 已登记", "ok"), Chip("password", "密码未查", "none")


def _value_chips(one: Verdict) -> tuple[Chip, ...]:
    values = one.values
    if not values.lines:
        return (Chip("factors", "没有认得的因子", "bad"),) if one.finding.sound else ()
    unit = UNIT_NAMES[values.unit]
    doubt = f"单位像是 {UNIT_NAMES[values.suspected]}" if values.suspected else f"单位 {unit}"
    wrong = [line for line in values.lines if line.state == "bad"]
    return (
        Chip("factors", f"因子 {len(values.lines)}/9", "ok" if len(values.lines) == 9 else "doubt"),
        Chip("unit", doubt, "bad" if values.suspected else "ok"),
        Chip(
            "range",
            f"{wrong[0].factor.label}{wrong[0].note}" if wrong else "量程内",
            "bad" if wrong else "ok",
        ),
    )


def half_day(one: Verdict, at: datetime) -> bool:
    """Whether the data time is half a day off the arrival."""
    sent = parse_time((one.finding.segment.field("DataTime") or "")[:14])
    return sent is not None and half_day_off(sent, at)


def clock_chip(one: Verdict, at: datetime) -> Chip:
    """Device clock against the arrival, by QN (the moment of sending), else unknown."""
    if half_day(one, at):
        return Chip("clock", "时钟差 12 小时", "bad")
    text = one.finding.segment.header.get("QN", "")
    sent = parse_time(text[:14])
    if sent is None:
        return Chip("clock", "没有 QN，时钟未查", "none")
    milliseconds = int(text[14:17]) if text[14:17].isdecimal() and text[14:17].isascii() else 0
    skew = (sent - at).total_seconds() + milliseconds / 1000
    word = "快" if skew >= 0 else "慢"
    if abs(skew) < CLOCK_LIMIT.total_seconds():
        return Chip("clock", f"时钟{word} {abs(skew):.1f} 秒", "ok")
    minutes, seconds = divmod(int(abs(skew)), 60)
    hours, minutes = divmod(minutes, 60)
    length = f"{hours} 小时 {minutes} 分" if hours else f"{minutes} 分 {seconds} 秒"
    return Chip("clock", f"时钟{word} {length}", "doubt")


def _versus(one: Verdict) -> tuple[str, str, str]:
    """Received, expected and the proof of the first fault that blocks; empty when nothing can be compared."""
    finding, keys = one.finding, one.finding.keys
    if finding.sound:
        return "", "", ""
    if any(key.startswith("length") for key in keys) or finding.reason == "wrong_length":
        right = f"{finding.length:04d}"
        offset = next((key.removeprefix("length+") for key in keys if key.startswith("length+")), "")
        proof = f"{right} + {offset} = {finding.declared}" if offset else ""
        return finding.declared or "无", right, proof
    if finding.crc_sent and finding.crc_right and finding.crc_sent.upper() != finding.crc_right:
        proof = ""
        if "modbus" in keys:
            proof = f"MODBUS CRC-16 = {finding.crc_of_modbus}"
        elif finding.cause is not None:
            proof = finding.cause.text
        return finding.crc_sent, finding.crc_right, proof
    if "no_closing" in keys:
        return "无", "&&", "补上 && 或去掉 && 之后，CRC 完全吻合"
    return "", "", ""


def data_of(found: Sequence[Arrival]) -> list[Arrival]:
    """Arrivals that carry monitoring data."""
    return [one for one in found if one.verdict and one.verdict.finding.segment.header.get("CN") in DATA]

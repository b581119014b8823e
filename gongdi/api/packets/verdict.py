"""一段粘贴的字节分成几包、每包给一个结论：能不能用，或只改哪一处。"""

import re
from dataclasses import dataclass

from gongdi.api.packets.remedies import Remedy, remedy_of
from gongdi.api.packets.values import UNIT_NAMES, ValueLine, Values, values_of
from gongdi.protocols.hj212.damage import Damage, damages
from gongdi.protocols.hj212.findings import Finding, examine
from gongdi.protocols.hj212.frames import Frame, Framer
from gongdi.protocols.hj212.masking import masked_text
from gongdi.protocols.hj212.profiles import PmUnit
from gongdi.protocols.hj212.replies import data_ack
from gongdi.protocols.hj212.words import CN_LABELS

DATA = frozenset(("2011", "2051", "2061", "2031"))
MOST_PACKETS = 20
_HEX_TEXT = re.compile(rb"[0-9A-Fa-f\s]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one packet: `tone` ok, warn or bad; `title` is the one thing to know."""

    finding: Finding
    values: Values
    tone: str
    title: str
    lead: str
    choices: tuple[str, ...]
    remedy: Remedy | None
    damages: tuple[Damage, ...]
    reply: str
    reply_note: str

    @property
    def passed(self) -> int:
        """Checks of the form without a fault."""
        return sum(check.state == "ok" for check in self.finding.checks)

    @property
    def doubts(self) -> frozenset[str]:
        """Keys whose values are marked in the bytes."""
        return frozenset(f"{line.code}-{line.suffix}" for line in self.values.lines if line.state != "ok")


def split(data: bytes) -> list[bytes]:
    """Packets of pasted bytes: what the gateway's framer cuts, or the whole when it is one packet."""
    framer = Framer()
    found = [*framer.feed(data), *framer.close()]
    frames = [one for one in found if isinstance(one, Frame)]
    if not frames and len([line for line in data.splitlines() if line.strip()]) <= 1:
        return [data]
    return [one.raw for one in found][: MOST_PACKETS + 1] or [data]


def from_hex(data: bytes) -> bytes | None:
    """Bytes of a serial tool's hexadecimal listing that opens with `23 23`; None for anything else."""
    text = data.strip().replace(b"0x", b"").replace(b",", b" ")
    digits = b"".join(text.split())
    if not _HEX_TEXT.fullmatch(text) or not digits.startswith(b"2323") or len(digits) % 2:
        return None
    return bytes.fromhex(digits.decode("ascii"))


def in_gb18030(data: bytes) -> bytes | None:
    """The same text in GB18030, as older loggers send it; None for plain ASCII or unreadable bytes."""
    if data.isascii():
        return None
    try:
        return data.decode("utf-8").encode("gb18030")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return None


def verdict_of(data: bytes, unit: PmUnit = "ug") -> Verdict:
    """The verdict of one packet, by the same functions as the gateway."""
    finding = examine(data)
    values = values_of(finding.segment, unit)
    bad = damages(finding.judged.raw, finding.reason)
    tone, title, lead, choices, remedy = _said(finding, values)
    return Verdict(finding, values, tone, title, lead, choices, remedy, bad, *_reply(finding))


def _said(finding: Finding, values: Values) -> tuple[str, str, str, tuple[str, ...], Remedy | None]:
    if not finding.sound:
        remedy = remedy_of(finding.keys)
        sure = "，原因可以确定" if finding.cause else ""
        return "bad", remedy.title, _detail(finding) + sure, (), remedy
    number = finding.segment.header.get("CN", "")
    if finding.encrypted:
        return (
            "warn",
            "格式合格，数据区已加密",
            "数据区像是 SM4 密文，这里读不到，不判断数值。",
            (),
            remedy_of(("encrypted",)),
        )
    bad = [check for check in finding.checks if check.state == "bad"]
    if bad and number in DATA:
        mend = remedy_of(({"mn": "no_mn"}.get(bad[0].key, bad[0].key),))
        return "bad", f"格式合格，{bad[0].label}不能用", bad[0].compared, (), mend
    if number not in DATA:
        word = CN_LABELS.get(int(number), "") if number.isdigit() and len(number) < 5 else ""
        return (
            "warn",
            "格式合格，不是监测数据",
            f"命令编号 CN={number[:8] or '无'} {word}，平台会应答，不计样本。",
            (),
            None,
        )
    return _said_of_values(finding, values)


def _said_of_values(finding: Finding, values: Values) -> tuple[str, str, str, tuple[str, ...], Remedy | None]:
    if values.suspected is not None:
        return (
            "warn",
            f"格式合格，单位像是{_spoken(values.suspected)}",
            _unit_lead(values),
            _unit_choices(values),
            None,
        )
    doubt = next((check for check in finding.checks if check.state == "doubt" and check.key == "time"), None)
    if doubt is not None:
        return "warn", "格式合格，时钟像是 12 小时制", doubt.compared, (), remedy_of(("twelve",))
    wrong = [line for line in values.lines if line.state == "bad"]
    if wrong:
        names = "、".join(line.factor.label for line in wrong)
        return (
            "warn",
            f"格式合格，{names}的值不能用",
            f"{wrong[0].factor.label} 发来 {wrong[0].sent[:20]}，{wrong[0].note}。",
            (),
            None,
        )
    if not values.lines:
        return "warn", "格式合格，没有认得的因子", "数据区里没有颗粒物、噪声和气象因子，不计有效。", (), None
    aside = [line for line in values.lines if line.state == "doubt"]
    if aside:
        return "warn", "可以用，部分因子不计有效", f"{aside[0].factor.label} {aside[0].note}。", (), None
    return "ok", "可以用，没有要改的", "格式、校验、数值都合格。", (), None


def _detail(finding: Finding) -> str:
    detail = getattr(finding.judged, "detail", "")
    return finding.cause.text if finding.cause else detail


def _spoken(unit: PmUnit) -> str:
    return {"ng": "纳克", "mg": "毫克", "ug": "微克"}[unit]


def _unit_lead(values: Values) -> str:
    line = _first_particle(values)
    why = "高出量程上限" if values.suspected == "ng" else "低得不像工地的空气"
    also = "，" + "，".join(values.reasons) if values.reasons else ""
    assert values.suspected is not None
    return (
        f"{line.factor.label} 发来 {line.sent}。按 {UNIT_NAMES[values.unit]} 读，{why}；"
        f"按 {UNIT_NAMES[values.suspected]} 读是 {line.stored} µg/m³{also}。"
    )


def _unit_choices(values: Values) -> tuple[str, ...]:
    assert values.suspected is not None
    standard = "（标准表 B.2 的单位）" if values.suspected == "ng" else ""
    return (
        f"设备不动：登记时颗粒物单位选 {UNIT_NAMES[values.suspected]}{standard}",
        f"改设备：按 {UNIT_NAMES[values.unit]} 发，登记时选 {UNIT_NAMES[values.unit]}",
    )


def _first_particle(values: Values) -> ValueLine:
    wanted = [line for line in values.lines if line.factor.name in ("pm10", "tsp", "pm25")]
    return sorted(wanted, key=lambda line: line.factor.name != "pm10")[0]


def _reply(finding: Finding) -> tuple[str, str]:
    """The answer that the platform would send, password masked, with the CRC of the true bytes."""
    header = finding.segment.header
    if not finding.sound:
        return "", "不应答：设备得不到 9014，会保留这一包并重发。"
    if header.get("CN", "") not in DATA:
        return "", "这个命令不是监测数据，数据应答 9014 只给监测数据。"
    flag = header.get("Flag", "")
    if not (flag.isascii() and flag.isdigit() and len(flag) < 5 and int(flag) & 1):
        return "", "Flag 没有要应答，平台收下但不回 9014。"
    number = finding.segment.field("QN") if finding.edition == 2005 else None
    answer = data_ack(header, 2017 if finding.edition == 2025 else finding.edition, number)
    return masked_text(answer).strip(), "CN 9014 数据应答，QN 与来包相同。收到它才可以删除本机缓存。"


def as_text(verdict: Verdict) -> str:
    """Plain text of a verdict for a chat (复制结果), password masked."""
    lines = [f"【报文检查】{verdict.title}", verdict.lead]
    lines += [f"{n}. {one}" for n, one in enumerate(verdict.choices, 1)]
    if verdict.remedy is not None:
        lines += [f"怎么改 {n}：{one}" for n, one in enumerate(verdict.remedy.steps, 1)]
    marks = {"ok": "√", "bad": "×", "doubt": "！", "none": "—"}
    lines += [f"{marks[check.state]} {check.label}：{check.compared}" for check in verdict.finding.checks]
    lines += [
        f"{marks[line.state]} {line.factor.label} {line.code}：{line.sent} → {line.stored} {line.unit} {line.note}".rstrip()
        for line in verdict.values.lines
    ]
    return "\n".join([*lines, masked_text(verdict.finding.judged.raw).strip()])

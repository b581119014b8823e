"""扬尘报文的类型化读数：时间、数值、标记和版本，对应分钟行的各列。"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from operator import getitem, itemgetter
from typing import NamedTuple

from gongdi.protocols.hj212.factors import FACTORS
from gongdi.protocols.hj212.plans import Plan, Values, evaluate, make_plan
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.segments import Segment, parse_segment

REALTIME, MINUTE, HOUR, DAY = 2011, 2051, 2061, 2031

Extra = dict[str, dict[str, str]]

_DATA = {"2011": REALTIME, "2051": MINUTE, "2061": HOUR, "2031": DAY}
_BEIJING = timezone(timedelta(hours=8))  # the standard knows no other zone and no summer time
_TIME = re.compile(r"[0-9]{14}")
_MILLISECOND_TIME = re.compile(r"[0-9]{14}(?:[0-9]{3})?")
_HEAD_KEYS = ("ST", "CN", "PW", "MN", "Flag")
_HEAD = re.compile("".join(f"{key}=([^;,]*);" for key in _HEAD_KEYS))
_TEXT_CHARS, _TEXTS_KEPT = 6, 16_384  # per column
_SHAPES = 2048  # per settings; a device that invents shapes only loses the fast path


class Report(NamedTuple):
    """One data packet of a dust monitor.

    `ts`: UTC, start of the period (2051, 2061, 2031) or sampling moment (2011). `values`: 25 numbers in the order
    of ROW_COLUMNS and in stored units, None = missing. `marks`: one nibble per factor. `backfill`: RF=1 (2025).
    """

    cn: int
    device_no: str
    password: str
    edition: int
    ack_wanted: bool
    ts: datetime
    marks: int
    values: Values
    extra: Extra | None
    backfill: bool


class ReportError(NamedTuple):
    """Why a right frame gives no reading: `not_data` or `time`, with one Chinese sentence."""

    reason: str
    detail: str


class Head(NamedTuple):
    """A segment with its header read; `area` is the CP area, None when only the slow path can read it."""

    header: dict[str, str]
    area: bytes | None
    segment: bytes


def read_head(segment: bytes) -> Head:
    """Header of a segment, enough to find the device; the same fields as parse_segment gives."""
    if segment.isascii():
        head, opening, area = segment.partition(b"CP=&&")
        if opening:
            number, _, rest = head.partition(b";")
            fields = _fields_behind_number(rest) if number.startswith(b"QN=") and b"," not in number else None
            if fields is not None:
                return Head({"QN": number[3:].decode("ascii"), **fields}, area.removesuffix(b"&&"), segment)
    return Head(parse_segment(segment).header, None, segment)


@lru_cache(maxsize=65_536)
def _fields_behind_number(rest: bytes) -> dict[str, str] | None:
    """Fields behind QN, which a device repeats in every packet; None when they are not the usual five."""
    found = _HEAD.fullmatch(rest.decode("ascii"))
    return None if found is None else dict(zip(_HEAD_KEYS, found.groups(), strict=True))


def edition_of(header: dict[str, str], accept_2025: bool = False) -> int:
    """Edition of the sender: 2005, 2017 or 2025, from the version bits of Flag and from ST.

    Surface-water stations (ST=21) use version 2 in their own protocol of 2017. 2025 stands behind a
    setting (未经真机验证); while it is off, version 2 is answered like 2017.
    """
    return _flag_meaning(header.get("Flag", ""), header.get("ST") == "21", accept_2025)[0]


def ack_wanted(header: dict[str, str]) -> bool:
    """Bit A of Flag: the sender wants an answer."""
    return _flag_meaning(header.get("Flag", ""), False, False)[1]


@lru_cache(maxsize=256)
def _flag_meaning(flag: str, surface_water: bool, accept_2025: bool) -> tuple[int, bool]:
    bits = int(flag) if flag.isascii() and flag.isdigit() and len(flag) < 5 else 0
    version = bits >> 2
    if version == 0:
        return 2005, bool(bits & 1)
    edition = 2025 if version == 2 and accept_2025 and not surface_water else 2017
    return edition, bool(bits & 1)


@lru_cache(maxsize=8192)
def parse_time(text: str) -> datetime | None:
    """DataTime (14 digits, Beijing time) as UTC; None when it is not a moment."""
    if not _TIME.fullmatch(text):
        return None
    try:
        local = datetime(
            int(text[:4]),
            int(text[4:6]),
            int(text[6:8]),
            int(text[8:10]),
            int(text[10:12]),
            int(text[12:14]),
            tzinfo=_BEIJING,
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def dust_report(segment: Segment, settings: DeviceSettings) -> Report | ReportError:
    """Typed reading of a parsed segment (slow path: the meaning of every packet is defined here)."""
    header = segment.header
    cn = _DATA.get(header.get("CN", ""))
    if cn is None:
        return ReportError("not_data", f"CN={header.get('CN', '')}不是监测数据")
    if settings.edition_2025 and is_encrypted(segment):
        return ReportError("encrypted", "数据区疑为SM4密文，原样保存，不解读（未经真机验证）")
    text = (segment.field("DataTime") or "").strip()
    ts = parse_time(text[:14] if settings.millisecond_time and _MILLISECOND_TIME.fullmatch(text) else text)
    if ts is None:
        return ReportError("time", f"DataTime“{text[:40]}”不是14位的年月日时分秒")
    plan = make_plan(cn, segment.factors, settings)
    common = segment.field("Flag") if settings.common_flag else None
    texts = [segment.factors[key[0]][key[1]] if key else None for key in plan.columns]
    flags = [segment.factors[key[0]][key[1]] if key else common for key in plan.flags]
    values, marks = evaluate(plan, texts, flags)
    extra: Extra = {}
    for code, suffix in plan.extra:
        extra.setdefault(code, {})[suffix] = segment.factors[code][suffix]
    return _report(header, settings, (cn, ts, marks, values, extra or None))


def is_encrypted(segment: Segment) -> bool:
    """A CP area without any `key=value`, as the SM4 area of HJ 212-2025 would look (未经真机验证)."""
    plain_keys = all(not value for _, value in segment.cp_fields)
    return (
        bool(segment.cp_fields or segment.factors)
        and plain_keys
        and not any(value for parts in segment.factors.values() for value in parts.values())
    )


def _report(
    header: dict[str, str], settings: DeviceSettings, data: tuple[int, datetime, int, Values, Extra | None]
) -> Report:
    cn, ts, marks, values, extra = data
    get, accept = header.get, settings.edition_2025
    edition, ack = _flag_meaning(get("Flag", ""), get("ST") == "21", accept)
    backfill = accept and get("RF") == "1"
    return Report(cn, get("MN", ""), get("PW", ""), edition, ack, ts, marks, values, extra, backfill)


class _Column(dict[str, float]):
    """Texts of one column to sound values; ValueError when a text is no number or implausible.

    Instruments repeat short texts (`55.3`): looking one up costs a fifth of converting, scaling and judging it.
    """

    def __init__(self, scale: tuple[float, float], low: float, high: float) -> None:
        super().__init__()
        self._scale, self._low, self._high = scale, low, high

    def __missing__(self, text: str) -> float:
        value = float(text) * self._scale[0] / self._scale[1]
        if not self._low <= value <= self._high:
            raise ValueError("超出合理范围")
        if len(text) <= _TEXT_CHARS:
            if len(self) >= _TEXTS_KEPT:
                self.clear()
            self[text] = value
        return value


_column = lru_cache(maxsize=None)(_Column)


class Shape:
    """A packet shape compiled to one regular expression: keys and marks literal, values as groups."""

    def __init__(self, cn: int, area: str, settings: DeviceSettings) -> None:
        segment = parse_segment(b"CP=&&" + area.encode("ascii") + b"&&")
        self.plan: Plan = make_plan(cn, segment.factors, settings)
        self.cn = cn
        common = segment.field("Flag") if settings.common_flag else None
        self.flags = [segment.factors[key[0]][key[1]] if key else common for key in self.plan.flags]
        literal = {key for key in self.plan.flags if key is not None}
        numbers = {key for key in self.plan.columns if key is not None}
        groups: dict[tuple[str, str], int] = {}
        pattern: list[str] = []
        for piece in re.split("([;,])", area):
            pattern.append(self._piece(piece, groups, numbers, literal))
        self.match = re.compile("".join(pattern)).fullmatch
        self.texts = [groups[key] if key else None for key in self.plan.columns]
        self.extra = [(key[0], key[1], groups[key]) for key in self.plan.extra]
        self.time = groups["", "DataTime"]
        self.marks = self._marks_when_sound()
        self.sound = _row_reader(self.plan, self.texts)

    @staticmethod
    def _piece(
        piece: str,
        groups: dict[tuple[str, str], int],
        numbers: set[tuple[str, str]],
        literal: set[tuple[str, str]],
    ) -> str:
        key, equals, _ = piece.partition("=")
        if not equals:
            return re.escape(piece)
        code, dash, suffix = (part.strip() for part in key.partition("-"))
        name = (code, suffix) if dash else ("", code)
        if name in groups or name in literal or name == ("", "Flag"):
            literal.discard(name)
            return re.escape(piece) if name not in groups else re.escape(key) + "=[^;,]*"
        groups[name] = len(groups)
        return re.escape(key) + ("=([-0-9.]*)" if name in numbers else "=([^;,]*)")

    def _marks_when_sound(self) -> int:
        """Marks of a packet of this shape whose values are all there and plausible: they depend on keys only."""
        unscaled = self.plan._replace(scales=((1.0, 1.0),) * len(self.texts))
        texts = [
            None if group is None else f"{low}" for group, low in zip(self.texts, self.plan.lows, strict=True)
        ]
        return evaluate(unscaled, texts, self.flags)[1]

    def read(self, groups: tuple[str, ...]) -> tuple[Values, int]:
        """Values and marks of one match; anything unusual goes through `evaluate`."""
        try:
            return self.sound(groups), self.marks
        except ValueError:
            pass
        texts = [None if group is None else groups[group] for group in self.texts]
        return evaluate(self.plan, texts, self.flags)

    def entries(self, groups: tuple[str, ...]) -> Extra | None:
        """What fits no column, as sent."""
        if not self.extra:
            return None
        extra: Extra = {}
        for code, suffix, group in self.extra:
            extra.setdefault(code, {})[suffix] = groups[group]
        return extra


def _row_reader(plan: Plan, texts: Sequence[int | None]) -> Callable[[tuple[str, ...]], Values]:
    """Groups of a match to the row's values; ValueError when one of them is not sound."""
    present = [index for index, group in enumerate(texts) if group is not None]
    columns = [_column(plan.scales[index], plan.lows[index], plan.highs[index]) for index in present]
    numbers = [group for group in texts if group is not None]
    if len(numbers) < 2:
        return lambda groups: tuple(None if group is None else columns[0][groups[group]] for group in texts)
    pick = itemgetter(*numbers)
    if len(present) == len(texts):
        return lambda groups: tuple(map(getitem, columns, pick(groups)))
    places = itemgetter(*(present.index(index) if index in present else -1 for index in range(len(texts))))
    return lambda groups: places((*map(getitem, columns, pick(groups)), None))


class ReportReader:
    """Fast path for all devices of one setting: same results as dust_report, by compiled packet shapes.

    A shape is found by the area without its digits and compiled when it is seen for the second time.
    """

    def __init__(self, settings: DeviceSettings) -> None:
        self.settings = settings
        self._shapes: dict[tuple[str, bytes], Shape | None] = {}

    def read(self, head: Head) -> Report | ReportError:
        """Typed reading of a head from read_head."""
        header, area, segment = head
        cn = header.get("CN", "")
        if area is None or cn not in _DATA:
            return dust_report(parse_segment(segment), self.settings)
        signature = cn, area.translate(None, b"0123456789.-")
        shape = self._shapes.get(signature)
        if shape is not None:
            found = shape.match(area.decode("ascii"))
            if found is not None:
                groups = found.groups()
                ts = parse_time(groups[shape.time])
                if ts is not None:
                    return self._fast(shape, header, groups, ts)
        report = dust_report(parse_segment(segment), self.settings)
        if isinstance(report, Report):
            self._learn(signature, area)
        return report

    def _fast(self, shape: Shape, header: dict[str, str], groups: tuple[str, ...], ts: datetime) -> Report:
        values, marks = shape.read(groups)
        return _report(header, self.settings, (shape.cn, ts, marks, values, shape.entries(groups)))

    def compiled(self, head: Head) -> Shape | None:
        """The compiled shape of a packet, None while it is not compiled or when only the slow path can read it."""
        header, area, _ = head
        if area is None:
            return None
        return self._shapes.get((header.get("CN", ""), area.translate(None, b"0123456789.-")))

    def _learn(self, signature: tuple[str, bytes], area: bytes) -> None:
        if signature not in self._shapes:
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            self._shapes[signature] = None
        elif all("=" in item or not item.strip() for item in re.split("[;,]", area.decode("ascii"))):
            self._shapes[signature] = Shape(_DATA[signature[0]], area.decode("ascii"), self.settings)


@lru_cache(maxsize=1024)
def reader_for(settings: DeviceSettings) -> ReportReader:
    """The one reader that devices of equal settings share; a gateway keeps it with the device."""
    return ReportReader(settings)


def mark_of(marks: int, factor: str) -> int:
    """Nibble of one factor in packed marks."""
    return marks >> (4 * FACTORS.index(factor)) & 15

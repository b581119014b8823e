"""逐行核对：一行里的问题一次说全，每一处指明列名、写了什么、该怎么改。"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from gongdi.orgs.rules import uscc_valid

NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-]{3,39}", re.ASCII)
PERMIT_NUMBER = re.compile(r"[0-9]{18}", re.ASCII)
DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
PACKED_DAY = re.compile(r"[0-9]{8}", re.ASCII)
LARGEST = 100_000_000
LIMITS = {"项目名称": 120, "地址": 200, "建设单位": 120, "监理单位": 120, "施工总承包": 120}
EARLIEST = date(2000, 1, 1)

PROJECT_COLUMNS = (
    "项目编号", "项目名称", "工程类别", "区划", "地址", "施工总承包", "施工总承包代码", "建设单位", "监理单位",
    "占地面积", "开挖长度", "开工日期", "施工许可证编号",
)  # fmt: skip
PROJECT_REQUIRED = ("项目编号", "项目名称", "工程类别", "区划", "施工总承包", "施工总承包代码", "开工日期")
PERMIT_COLUMNS = (
    "施工许可证编号", "项目名称", "工程类别", "区划", "地址", "建设单位", "施工总承包", "施工总承包代码", "监理单位",
    "占地面积", "开挖长度", "发证日期",
)  # fmt: skip
PERMIT_REQUIRED = ("施工许可证编号", "项目名称", "区划", "发证日期")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault (问题) of a row: column, what was sent, what to do."""

    column: str
    sent: str
    advice: str


@dataclass(frozen=True)
class Known:
    """What rows are checked against; names and codes to the code of the table."""

    kinds: Mapping[str, str]
    divisions: Mapping[str, str]
    names_of_uscc: Mapping[str, str]
    taken: frozenset[str]
    allowed_prefixes: tuple[str, ...]
    own_uscc: str
    by_length: frozenset[str]
    today: date


@dataclass
class Checked:
    """Values of a row by column, and its faults; usable only without faults."""

    values: dict[str, str | int | date | None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def text(self, column: str) -> str:
        """A text value, empty when not given."""
        value = self.values.get(column)
        return value if isinstance(value, str) else ""

    def whole(self, column: str) -> int | None:
        """A whole number, None when not given."""
        value = self.values.get(column)
        return value if isinstance(value, int) else None

    def day(self, column: str) -> date | None:
        """A day, None when not given."""
        value = self.values.get(column)
        return value if isinstance(value, date) else None


def missing_columns(columns: tuple[str, ...], required: tuple[str, ...]) -> list[str]:
    """Required columns that the sheet lacks, in the order of the template."""
    return [name for name in required if name not in columns]


def check_project(cells: Mapping[str, str], known: Known, seen: set[str]) -> Checked:
    """Check one row of the project list; `seen` are the numbers of the rows above and grows."""
    row = _common(cells, known, PROJECT_REQUIRED)
    _number(row, "项目编号", NUMBER, "用 4 至 40 位数字、字母和横线", known.taken, seen)
    _contractor(row, known)
    _day_of(row, "开工日期", known.today, "还没有开工的项目，开工后再登记")
    kind = row.text("工程类别")
    measure = "开挖长度" if kind in known.by_length else "占地面积"
    sent = row.values.get(measure)
    if kind and (sent is None or sent == ""):
        row.faults.append(Fault(measure, "", f"这类工程要填{measure}，扬尘设备台数按它计算"))
    _inside(row, known)
    return row


def check_permit(cells: Mapping[str, str], known: Known, seen: set[str]) -> Checked:
    """Check one row of the permit list; an older form of the permit number is kept as it is."""
    row = _common(cells, known, PERMIT_REQUIRED)
    _number(row, "施工许可证编号", NUMBER, "用 4 至 40 位数字、字母和横线", known.taken, seen)
    _day_of(row, "发证日期", known.today, "发证日期不能晚于今天")
    code = row.text("施工总承包代码")
    if code and not uscc_valid(code):
        row.faults.append(Fault("施工总承包代码", code, "统一社会信用代码的校验位不对，请核对 18 位代码"))
    _inside(row, known)
    return row


def _common(cells: Mapping[str, str], known: Known, required: tuple[str, ...]) -> Checked:
    row = Checked({name: value for name, value in cells.items() if value})
    for column in required:
        if not cells.get(column):
            row.faults.append(Fault(column, "", "必填，不能空"))
    for column, limit in LIMITS.items():
        if len(row.text(column)) > limit:
            row.faults.append(Fault(column, row.text(column)[:20] + "…", f"至多 {limit} 个字"))
    _lookup(
        row, "工程类别", known.kinds, "可填：" + "、".join(name for name in known.kinds if not name.isascii())
    )
    _lookup(row, "区划", known.divisions, "填六位区划代码，或区县全名（同名的写代码）")
    for column in ("占地面积", "开挖长度"):
        _whole_number(row, column)
    return row


def _lookup(row: Checked, column: str, table: Mapping[str, str], advice: str) -> None:
    sent = row.text(column)
    if sent and sent not in table:
        row.faults.append(Fault(column, sent, advice))
        row.values[column] = None
    elif sent:
        row.values[column] = table[sent]


def _whole_number(row: Checked, column: str) -> None:
    sent = row.text(column)
    if not sent:
        return
    plain = sent.replace(",", "").replace("，", "")
    try:
        value = round(float(plain))
    except (ValueError, OverflowError):
        value = 0
    if not 0 < value <= LARGEST:
        row.faults.append(Fault(column, sent, "填大于 0 的数字，不带单位"))
        return
    row.values[column] = value


def _number(
    row: Checked, column: str, form: re.Pattern[str], advice: str, taken: frozenset[str], seen: set[str]
) -> None:
    sent = row.text(column)
    if not sent:
        return
    if not form.fullmatch(sent):
        row.faults.append(Fault(column, sent, advice))
    elif sent in taken:
        row.faults.append(Fault(column, sent, "已经登记过，删去这一行，或核对编号"))
    elif sent in seen:
        row.faults.append(Fault(column, sent, "和上面的行重复，保留一行"))
    seen.add(sent)


def _contractor(row: Checked, known: Known) -> None:
    column, code = "施工总承包代码", row.text("施工总承包代码")
    if not code:
        return
    if not uscc_valid(code):
        row.faults.append(Fault(column, code, "统一社会信用代码的校验位不对，请核对 18 位代码"))
        return
    registered = known.names_of_uscc.get(code)
    if registered and row.text("施工总承包") and registered != row.text("施工总承包"):
        row.faults.append(
            Fault("施工总承包", row.text("施工总承包"), f"这个代码登记的是“{registered}”，请核对")
        )
    if known.own_uscc and code != known.own_uscc:
        row.faults.append(Fault(column, code, "只能登记本企业总承包的项目"))


def _day_of(row: Checked, column: str, today: date, late: str) -> None:
    sent = row.text(column)
    if not sent:
        return
    day = read_day(sent)
    if day is None:
        row.faults.append(Fault(column, sent, "日期写成 2026-03-02 的样子"))
    elif day > today:
        row.faults.append(Fault(column, sent, late))
    elif day < EARLIEST:
        row.faults.append(Fault(column, sent, "日期早于 2000 年，请核对"))
    else:
        row.values[column] = day


def _inside(row: Checked, known: Known) -> None:
    code = row.text("区划")
    if code and known.allowed_prefixes and not any(code.startswith(one) for one in known.allowed_prefixes):
        row.faults.append(Fault("区划", code, "不在本单位的管辖范围内"))


def read_day(text: str) -> date | None:
    """A day written 2026-03-02, 2026/3/2, 2026年3月2日 or 20260302; None for anything else."""
    found = DAY.fullmatch(text)
    parts = (
        found.groups() if found else (text[:4], text[4:6], text[6:]) if PACKED_DAY.fullmatch(text) else None
    )
    if parts is None:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None

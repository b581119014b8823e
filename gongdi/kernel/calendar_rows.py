"""一年的节假日表：逐行读，读不懂的行用一句中文说出哪里不对。"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
WORKING = {"上班": True, "调休上班": True, "补班": True, "放假": False, "休息": False, "调休": False}
MOST_ROWS = 400


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that cannot be used (错行): its number in the file, what was read, what to do."""

    number: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class YearTable:
    """What the rows say of a year: days that differ from Monday to Friday, their names, wrong rows."""

    year: int
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)
    errors: tuple[RowError, ...] = ()
    same: int = 0


def decoded(content: bytes) -> str | None:
    """Text of a file from a spreadsheet program: UTF-8 or GB 18030; None for anything else."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_year(text: str, year: int) -> YearTable:
    """Read `日期,安排,说明` rows of one year; a weekend said to be free is what it is anyway and left out."""
    exceptions: dict[date, bool] = {}
    names: dict[date, str] = {}
    errors: list[RowError] = []
    seen: dict[date, int] = {}
    for number, cells in enumerate(csv.reader(text.splitlines()), 1):
        row = [cell.strip() for cell in cells]
        if not any(row) or (number == 1 and row[0] in ("日期", "date")):
            continue
        if number > MOST_ROWS:
            errors.append(RowError(number, "", f"一年最多 {MOST_ROWS} 行，请只留这一年的节假日。"))
            break
        day, why = _day(row, year, seen)
        if day is None:
            errors.append(RowError(number, "，".join(row)[:60], why))
            continue
        seen[day] = number
        exceptions[day] = WORKING[row[1]]
        names[day] = row[2][:20] if len(row) > 2 else ""
    kept = {day: working for day, working in sorted(exceptions.items()) if working != (day.weekday() < 5)}
    if not kept and not errors:
        errors.append(RowError(0, "", f"没有一天与周一至周五不同，请确认是 {year} 年的节假日安排。"))
    return YearTable(year, kept, names, tuple(errors), len(exceptions) - len(kept))


def _day(row: list[str], year: int, seen: Mapping[date, int]) -> tuple[date | None, str]:
    """The day of a row, or why it cannot be used."""
    if len(row) < 2 or not row[1]:
        return None, "缺少第二列，请写 放假 或 上班。"
    match = DAY.fullmatch(row[0])
    if match is None:
        return None, "日期写不成这样，请写成 2027-01-01。"
    try:
        day = date(*map(int, match.groups()))
    except ValueError:
        return None, "没有这一天，请核对月和日。"
    if day.year != year:
        return None, f"不是 {year} 年的日期，请核对年份。"
    if row[1] not in WORKING:
        return None, f"第二列“{row[1][:10]}”不认识，请写 放假 或 上班。"
    if day in seen:
        return None, f"与第 {seen[day]} 行是同一天，请只留一行。"
    return day, ""

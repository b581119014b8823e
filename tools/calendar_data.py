"""从 chinesecalendar 包生成国务院节假日安排的数据文件（每年十一月新安排公布后重跑一次）。"""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar

TARGET = Path(__file__).parents[1] / "gongdi" / "kernel" / "data" / "calendar.csv"
YEARS = range(2004, 2027)


def rows() -> list[str]:
    """Every day that differs from Monday-to-Friday, as `day,working,name`."""
    day, last = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
    found = []
    while day <= last:
        working = chinese_calendar.is_workday(day)
        if working != (day.weekday() < 5):
            _, name = chinese_calendar.get_holiday_detail(day)
            found.append(f"{day},{int(working)},{_chinese(name, working)}")
        day += timedelta(days=1)
    return found


def _chinese(name: str | None, working: bool) -> str:
    if working or name is None:
        return "调休上班"
    return str(chinese_calendar.Holiday(name).chinese)


def main() -> None:
    """Write the file; the first line names the published years."""
    head = f"# years {YEARS[0]}-{YEARS[-1]}"
    TARGET.write_text("\n".join([head, *rows()]) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(rows())} 天与周一至周五不同")


if __name__ == "__main__":
    main()

"""全平台唯一读取系统时钟的地方，时区一律为 Asia/Shanghai。"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, aware, UTC. Read it once at the edge and pass it down."""
    return datetime.now(UTC)


def shanghai_day(instant: datetime) -> date:
    """The Asia/Shanghai day of an aware instant (日)."""
    if instant.tzinfo is None:
        raise ValueError("时刻缺少时区")
    return instant.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """00:00 of a Shanghai day, aware."""
    return datetime.combine(day, time(), SHANGHAI)


def day_end(day: date) -> datetime:
    """24:00 of a Shanghai day, that is 00:00 of the next one."""
    return day_start(day + timedelta(days=1))


def minute_of_day(instant: datetime) -> int:
    """0 to 1439: the minute of the Shanghai day in which the instant lies."""
    local = instant.astimezone(SHANGHAI)
    return local.hour * 60 + local.minute

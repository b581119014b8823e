"""监测室的例行工作：看平台故障、汇总小时、预开位图和分区、归档旧日。"""

from datetime import date, datetime, timedelta

import psycopg

from gongdi.ingest import compaction, partitions
from gongdi.kernel import policy as p
from gongdi.kernel.clock import SHANGHAI, shanghai_day
from gongdi.telemetry.hot_connection import hot_connection
from gongdi.telemetry.services.hours import close_hour, roll_hours
from gongdi.telemetry.services.masks import open_days
from gongdi.telemetry.services.platform_faults import note_platform_faults
from gongdi.telemetry.services.raise_alarms import judge_hours
from gongdi.telemetry.terms import Terms

RECENT = timedelta(hours=2)
SINCE_START = timedelta(days=40)
CLOSING_HOURS = 3
SETTLE = timedelta(minutes=1)
"""An hour is rolled up a minute after its end; later samples bring it back."""


def each_minute(terms: Terms, now: datetime, lookback: timedelta = RECENT) -> int:
    """Platform faults, closed hours and their alarms; hours rolled up."""
    note_platform_faults(terms, now, lookback)
    this_hour = (now - SETTLE).astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    for back in range(1, CLOSING_HOURS + 1):
        close_hour(this_hour - timedelta(hours=back))
    return roll_and_judge(terms, now)


def roll_and_judge(terms: Terms, now: datetime) -> int:
    """Roll up every waiting hour and judge it; number of hours."""
    done = 0
    while hours := roll_hours(terms, now):
        judge_hours(sorted(hours, key=lambda hour: (hour[1], hour[0])), terms, now)
        done += len(hours)
    return done


def each_hour(terms: Terms, now: datetime) -> int:
    """Partitions a week ahead, coverage rows a day ahead; rows changed."""
    with hot_connection() as raw:
        partitions.upkeep(raw, shanghai_day(now))
    return open_days(terms, now)


def compact(app_dsn: str, owner_dsn: str, terms: Terms, now: datetime) -> list[compaction.Compacted]:
    """Tidy yesterday's key, compress the days that left the hot period into verified blocks (retention.yaml).

    The owner is needed to detach a partition; nothing else runs under it.
    """
    today = shanghai_day(now)
    first_kept: date = today - timedelta(days=terms.policy.get(p.KEEP_MINUTE_DAYS, today))
    with (
        psycopg.connect(app_dsn, autocommit=True) as app,
        psycopg.connect(owner_dsn, autocommit=True) as owner,
    ):
        partitions.tidy_day(owner, today - timedelta(days=1))
        partitions.tidy_day(owner, today - timedelta(days=1))
        return compaction.compact_before(app, owner, first_kept, today)

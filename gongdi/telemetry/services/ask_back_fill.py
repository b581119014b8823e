"""请求补传：页面向网关的命令表写一行，网关向设备要这一段数据。"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from gongdi.kernel.errors import UnusableInput
from gongdi.telemetry.queries.states import StateRun

MINUTE_DATA = 2051
PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class BackFillAsk:
    """Who asks for which outstanding interval of which device."""

    device_id: int
    run: StateRun
    asked_by: str


def ask_back_fill(ask: BackFillAsk, *, now: datetime) -> None:
    """Store one request for minute data (CN 2051); UnusableInput while an earlier one is still open."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('back_fill', %s))", [ask.device_id])
        cursor.execute(
            "SELECT EXISTS (SELECT FROM gateway_command WHERE device_id = %s AND done_at IS NULL AND asked_at > %s)",
            [ask.device_id, now - PAUSE],
        )
        row = cursor.fetchone()
        if row is not None and row[0]:
            raise UnusableInput("已有一次补传请求在办，10 分钟内不重复请求")
        cursor.execute(
            "INSERT INTO gateway_command (device_id, cn, begins, ends, asked_at, asked_by) VALUES (%s, %s, %s, %s, %s, %s)",
            [ask.device_id, MINUTE_DATA, ask.run.starts, ask.run.ends, now, ask.asked_by],
        )

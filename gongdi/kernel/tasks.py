"""内核的定时任务：留日根；锁按任务名，重复执行无害。"""

from datetime import timedelta

from procrastinate.contrib.django import app

from gongdi.kernel import clock
from gongdi.kernel.evidence.sealing import close_day

LOOK_BACK = 7


@app.periodic(cron="*/10 * * * *")
@app.task(name="kernel.close_days", lock="kernel.close_days", queueing_lock="kernel.close_days")
def close_days(timestamp: int) -> int:
    """Keep the roots of the last days that are over; how many were new."""
    now = clock.now()
    days = [clock.shanghai_day(now) - timedelta(days=back) for back in range(LOOK_BACK, 0, -1)]
    return sum(close_day(day, now) is not None for day in days)

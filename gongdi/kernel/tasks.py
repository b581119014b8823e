"""内核的定时任务：留日根、清孤儿文件；锁按任务名，重复执行无害。"""

from datetime import timedelta

from procrastinate.contrib.django import app

from gongdi.kernel import clock
from gongdi.kernel.evidence.sealing import close_day
from gongdi.kernel.files.storing import sweep
from gongdi.kernel.policy import ORPHAN_HOURS
from gongdi.kernel.queries import policy_set

LOOK_BACK = 7


@app.periodic(cron="*/10 * * * *")
@app.task(name="kernel.close_days", lock="kernel.close_days", queueing_lock="kernel.close_days")
def close_days(timestamp: int) -> int:
    """Keep the roots of the last days that are over; how many were new."""
    now = clock.now()
    days = [clock.shanghai_day(now) - timedelta(days=back) for back in range(LOOK_BACK, 0, -1)]
    return sum(close_day(day, now) is not None for day in days)


@app.periodic(cron="40 * * * *")
@app.task(name="kernel.sweep_files", lock="kernel.sweep_files", queueing_lock="kernel.sweep_files")
def sweep_files(timestamp: int) -> int:
    """Remove bytes that no row names, after the hours of the policy; how many."""
    now = clock.now()
    return sweep(now, policy_set().get(ORPHAN_HOURS, clock.shanghai_day(now)))

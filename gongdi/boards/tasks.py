"""自动提醒的定时任务：每天早晨一次；锁按任务名，重复执行不会再说一遍。"""

from procrastinate.contrib.django import app

from gongdi.boards.reminders import remind_access, remind_calendar
from gongdi.kernel import clock
from gongdi.kernel.queries import policy_set


@app.periodic(cron="10 0 * * *")
@app.task(name="boards.remind", lock="boards.remind", queueing_lock="boards.remind")
def remind(timestamp: int) -> int:
    """Send the reminders of the day (08:10 in Shanghai); how many messages."""
    policy, now = policy_set(), clock.now()
    return remind_access(policy=policy, now=now) + remind_calendar(policy=policy, now=now)

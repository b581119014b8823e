"""登录的定时任务：每小时清掉到期的会话。"""

from procrastinate.contrib.django import app

from gongdi.kernel import clock
from gongdi.orgs.signin.sessions import forget_expired


@app.periodic(cron="7 * * * *")
@app.task(
    name="signin.forget_sessions", lock="signin.forget_sessions", queueing_lock="signin.forget_sessions"
)
def forget_sessions(timestamp: int) -> int:
    """Delete sessions past their end; how many."""
    return forget_expired(clock.now())

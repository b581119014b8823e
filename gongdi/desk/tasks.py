"""账号的定时任务：每天夜里停用长期未用的账号。"""

from procrastinate.contrib.django import app

from gongdi.desk.services.leaving import disable_unused
from gongdi.kernel import clock
from gongdi.kernel.queries import policy_set


@app.periodic(cron="20 3 * * *")
@app.task(name="orgs.disable_unused", lock="orgs.disable_unused", queueing_lock="orgs.disable_unused")
def disable_unused_accounts(timestamp: int) -> int:
    """Close the accounts nobody has used for the days of the policy; how many."""
    return disable_unused(now=clock.now(), policy=policy_set())

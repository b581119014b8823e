"""回传率室的定时任务：锁按任务名，重复执行无害。"""

from procrastinate.contrib.django import app

from gongdi.kernel import clock
from gongdi.returns.services import upkeep
from gongdi.telemetry.terms import load_terms


@app.periodic(cron="* * * * *")
@app.task(name="returns.each_minute", lock="returns.minute", queueing_lock="returns.minute")
def each_minute(timestamp: int) -> int:
    """Access facts, waiting project-days, roll-ups."""
    return upkeep.each_minute(load_terms(), clock.now())


@app.periodic(cron="20 16 * * *")
@app.task(name="returns.each_night", lock="returns.minute", queueing_lock="returns.night")
def each_night(timestamp: int) -> int:
    """The last days once more, 00:20 in Shanghai."""
    return upkeep.each_night(load_terms(), clock.now())

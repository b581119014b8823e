"""监测室的定时任务：锁按任务名，重复执行无害。"""

from django.conf import settings
from procrastinate.contrib.django import app

from gongdi.kernel import clock
from gongdi.telemetry.services import upkeep
from gongdi.telemetry.terms import load_terms


@app.periodic(cron="* * * * *")
@app.task(name="telemetry.each_minute", lock="telemetry.minute", queueing_lock="telemetry.minute")
def each_minute(timestamp: int) -> int:
    """Platform faults, hour roll-ups and alarms."""
    return upkeep.each_minute(load_terms(), clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="telemetry.each_hour", lock="telemetry.hour", queueing_lock="telemetry.hour")
def each_hour(timestamp: int) -> int:
    """Partitions and coverage rows ahead of time."""
    return upkeep.each_hour(load_terms(), clock.now())


@app.periodic(cron="40 18 * * *")
@app.task(name="telemetry.compact", lock="telemetry.compact", queueing_lock="telemetry.compact")
def compact(timestamp: int) -> int:
    """Compress old days, 02:40 in Shanghai."""
    config = settings.CONFIG
    return len(upkeep.compact(config.dsn("app"), config.dsn("owner"), load_terms(), clock.now()))

"""后台进程启动时先补上停机期间的账：故障时段、位图、小时、结算。"""

from datetime import datetime

from gongdi.returns.services import upkeep as returns
from gongdi.telemetry.services import upkeep as telemetry
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.terms import load_terms


def catch_up(now: datetime) -> None:
    """Fold what waits, open the days, note the time the platform was off, settle; all idempotent."""
    terms = load_terms()
    telemetry.each_hour(terms, now)
    while not fold(terms, now).idle:
        pass
    telemetry.each_minute(terms, now, telemetry.SINCE_START)
    returns.each_minute(terms, now)

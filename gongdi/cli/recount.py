"""gongdi recount：从原始数据重算覆盖与回传率，逐条列出差异，有差异时退出码为 1。"""

import os
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date

from gongdi.cli.arguments import Parser
from gongdi.cli.running import set_up_django
from gongdi.config.load import load
from gongdi.kernel import clock
from gongdi.kernel.errors import UnusableInput


def run(argv: Sequence[str]) -> int:
    """Print each difference with device (MN) and minute; 0 when there is none. Safe while ingest runs."""
    parser = Parser(prog="gongdi recount")
    parser.add_argument("--month", help="只复核一个月，写作 YYYY-MM")
    bounds = month_bounds(parser.parse_args(list(argv)).month)
    set_up_django(load(os.environ))
    found = days = 0
    for line in _differences(*bounds):
        if line is None:
            days += 1
            continue
        found += 1
        print(line, flush=True)
    print(f"复核 {days} 天，差异 {found} 处")
    return 1 if found else 0


def month_bounds(text: str | None) -> tuple[date | None, date | None]:
    """First and last day of `YYYY-MM`; (None, None) for everything."""
    if text is None:
        return None, None
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UnusableInput(f"月份应写作 YYYY-MM，收到 {text}。") from None
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _differences(first: date | None, last: date | None) -> Iterator[str | None]:
    """Lines of differences, and None after each day; one snapshot a day, so a long run holds nothing back."""
    from django.db import connection, transaction

    from gongdi.returns.services.recount import recount_months, recount_rates_day
    from gongdi.telemetry.services.recount import days_with_data, recount_day
    from gongdi.telemetry.terms import load_terms

    terms, days = load_terms(), days_with_data(first, last)
    for day in days:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            now = clock.now()
            yield from map(str, recount_day(day, terms, now))
            yield from map(str, recount_rates_day(day, terms, now))
        yield None
    if days:
        yield from map(str, recount_months(days[0], days[-1]))

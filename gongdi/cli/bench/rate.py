"""压测 rate：整省 10,000 台 × 30 天按真规则合计要多久，经写入端的真实行重算是否逐位相等。"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, Any

import django
import psycopg

from gongdi.cli.arguments import Parser, count
from gongdi.cli.bench.rows import write_history
from gongdi.cli.bench.stage import stage
from gongdi.config.load import Config

if TYPE_CHECKING:
    from gongdi.returns.services.totals import Owner

DEVICES, DAYS, REPEATS = 10_000, 30, 7
FIRST = date(2026, 10, 1)
LAST = FIRST + timedelta(days=DAYS - 1)
EXACT_DEVICES = 100
COUNTIES, CITIES = 117, 11
STEPS = ("hours", "masks", "n_best", "site", "enterprise", "county", "city", "province")

GENERATE = """
INSERT INTO coverage_day (stream, subject_id, day, updated_at, expected, received, on_time, valid, exempt, fault,
                          expected_hours, valid_hours)
SELECT 1, d.id, t.day, now(), t.expected, t.received, t.received, t.received, t.exempt, t.fault,
       h.expected_hours, h.valid_hours
FROM generate_series(1, %(devices)s) AS d(id)
CROSS JOIN generate_series(0, %(days)s - 1) AS n
JOIN bench_maps m ON m.id = (d.id * 31 + n * 17) %% %(maps)s
CROSS JOIN LATERAL (SELECT %(first)s::date + n AS day, m.expected, m.received, m.exempt, m.fault) AS t
CROSS JOIN LATERAL coverage_hours(coverage_due(t.expected, t.received, t.exempt, t.fault), t.received, 3, 4) AS h
"""
MAPS = 400


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Timing on generated coverage, equality on rows that went through the writer; keys of the contract."""
    parser = Parser(prog="gongdi bench rate")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--devices", type=count, default=DEVICES)
    parser.add_argument("--exact-devices", type=count, default=EXACT_DEVICES)
    options = parser.parse_args(list(argv))
    with stage() as held:
        _set_up(held.config)
        timing = _timing(held.config, options.devices)
        exact = _equality(held.config, options.exact_devices, options.peers)
    return {"steps": list(STEPS), "devices": options.devices, "days": DAYS, **timing, **exact}


def _set_up(config: Config) -> None:
    os.environ["DATA"] = str(config.data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    django.setup()


def _timing(config: Config, devices: int) -> dict[str, Any]:
    from gongdi.returns.services.totals import totals

    owners = _owners(devices)
    with psycopg.connect(config.dsn("owner"), autocommit=True) as owner:
        _generate(owner, devices)
        share = Fraction(20, 24)
        coverage_ms, found = _timed(lambda: _roll(totals(owners, FIRST, LAST, share), owners))
        _store_counters(owner, totals(owners, FIRST, LAST, share))
        counter_ms, again = _timed(lambda: _counters(len(owners)))
        owner.execute("DELETE FROM coverage_day")
        owner.execute("DELETE FROM returns_projectmonth")
    if found["province"] != again:
        raise SystemExit("由计数得到的合计与由覆盖得到的不相等")
    return {
        "coverage_ms": coverage_ms,
        "counter_ms": counter_ms,
        "sites": len(owners),
        "province": found["text"],
    }


def _owners(devices: int) -> list["Owner"]:
    """Sites of one device; each tenth has two, half of these with n = 2, half with a spare; some lack one."""
    from gongdi.returns.services.totals import Owner

    owners: list[Owner] = []
    device = 1
    while device <= devices:
        number = len(owners)
        two = number % 10 == 0 and device < devices
        required = 2 if number % 20 == 0 or number % 33 == 0 else 1
        owners.append(Owner(number + 1, (device, device + 1) if two else (device,), required))
        device += 2 if two else 1
    return owners


def _generate(owner: "psycopg.Connection[Any]", devices: int) -> None:
    """Random day maps (gaps, exemptions, faults) spread over all device-days; hours by the real function."""
    draw = random.Random(379)
    owner.execute(
        "CREATE TABLE bench_maps (id integer PRIMARY KEY, expected bit(1440), received bit(1440),"
        " exempt bit(1440), fault bit(1440))"
    )
    with owner.cursor().copy("COPY bench_maps FROM STDIN") as copy:
        for number in range(MAPS):
            received = _map(draw, 0.5 if number % 5 == 0 else 0.02, "1", "0")
            exempt = _map(draw, 0.3 if number % 9 == 0 else 0, "0", "1")
            fault = _map(draw, 0.1 if number % 7 == 0 else 0, "0", "1")
            copy.write_row((number, "1" * 1440, received, exempt, fault))
    owner.execute(GENERATE, {"devices": devices, "days": DAYS, "maps": MAPS, "first": FIRST})
    owner.execute("DROP TABLE bench_maps")
    owner.execute("VACUUM (ANALYZE) coverage_day")


def _map(draw: random.Random, share: float, usual: str, other: str) -> str:
    """A day of `usual` with one run of `other` of about `share` of the day."""
    length = int(1440 * share * draw.random() * 2) if share else 0
    start = draw.randrange(0, 1440 - min(length, 1439))
    return (usual * start + other * length + usual * 1440)[:1440]


def _roll(found: dict[int, Any], owners: list["Owner"]) -> dict[str, Any]:
    """Sums per enterprise (of eight sites), county (85 of them), city and province; means by equal results."""
    enterprises: Counter[int] = Counter()
    counties: dict[int, Counter[tuple[int, int]]] = {number: Counter() for number in range(COUNTIES)}
    for owner in owners:
        total = found[owner.id]
        enterprises[owner.id // 8] += total.units
        counties[owner.id % COUNTIES][total.units, total.counted] += 1
    cities: dict[int, Counter[tuple[int, int]]] = {number: Counter() for number in range(CITIES)}
    for number, pairs in counties.items():
        cities[number % CITIES].update(pairs)
    province = sum(cities.values(), Counter())
    units = sum(pair[0] * n for pair, n in province.items())
    counted = sum(pair[1] * n for pair, n in province.items())
    return {"province": (units, counted), "text": f"{units}/{counted}", "enterprises": len(enterprises)}


def _store_counters(owner: "psycopg.Connection[Any]", found: dict[int, Any]) -> None:
    with owner.cursor().copy(
        "COPY returns_projectmonth (month, project_id, credit_units, on_time_units, counted, updated_at) FROM STDIN"
    ) as copy:
        for project, total in found.items():
            copy.write_row((FIRST, project, total.units, total.units, total.counted, datetime.now(UTC)))
    owner.execute("VACUUM (ANALYZE) returns_projectmonth")


def _counters(sites: int) -> tuple[int, int]:
    """The province from the maintained month counters."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(credit_units)::bigint, sum(counted)::bigint FROM returns_projectmonth WHERE month = %s",
            [FIRST],
        )
        units, counted = cursor.fetchone()
    return int(units), int(counted)


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Median milliseconds of several calls after a first one, and the last result."""
    result, times = call(), []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        result = call()
        times.append((time.perf_counter() - begin) * 1000)
    return round(median(times), 1), result


def _equality(config: Config, devices: int, peers: bool) -> dict[str, Any]:
    """Real rows through the writer and the folder, some days compacted; every device-day recounted."""
    from gongdi.ingest.compaction import compact_day
    from gongdi.telemetry.services.fold_coverage import fold
    from gongdi.telemetry.services.recount import recount_day
    from gongdi.telemetry.terms import Terms

    now = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
    written = write_history(config, devices, FIRST, DAYS)
    terms, begin = Terms(), time.perf_counter()
    while not fold(terms, now).idle:
        pass
    folded = time.perf_counter() - begin
    with (
        psycopg.connect(config.dsn("app"), autocommit=True) as app,
        psycopg.connect(config.dsn("owner"), autocommit=True) as owner,
    ):
        for offset in (3, 4):
            compact_day(app, owner, FIRST + timedelta(days=offset), now.date())
        raw = _raw_count(owner, devices) if peers else {}
    differing: set[tuple[str, date]] = set()
    for offset in range(DAYS):
        day = FIRST + timedelta(days=offset)
        differing |= {(found.subject, found.day) for found in recount_day(day, terms, now)}
    compared = devices * DAYS
    return {
        "compared": compared,
        "equal": compared - len(differing),
        "rows_written": written,
        "fold_rows_per_s": round(written / folded),
        **({"peers": raw} if peers else {}),
    }


def _raw_count(owner: "psycopg.Connection[Any]", devices: int) -> dict[str, Any]:
    """The naive way, counting raw rows of one day per device; extrapolated to all device-days (说明：外推)."""
    begin = time.perf_counter()
    owner.execute(
        "SELECT device_id, count(*) FROM obs_minute WHERE ts >= %s AND ts < %s GROUP BY 1",
        (datetime(2026, 10, 20, 16, tzinfo=UTC), datetime(2026, 10, 21, 16, tzinfo=UTC)),
    ).fetchall()
    ms = (time.perf_counter() - begin) * 1000
    return {"raw_count": {"sample_ms": round(ms, 1), "extrapolated_ms": round(ms / devices * DEVICES * DAYS)}}

"""整省合计的 SQL 与逐日择优的规则给出同一个数。"""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongdi.returns.services.totals import Owner, Total, totals
from gongdi.telemetry.rules.devices import n_best
from gongdi.telemetry.rules.hours import credit_units
from tests.telemetry.building import Store

FIRST = date(2026, 5, 1)
SHARE = Fraction(20, 24)
HOURS = st.integers(0, 24).flatmap(lambda expected: st.tuples(st.just(expected), st.integers(0, expected)))
SITE = st.tuples(st.integers(1, 3), st.lists(st.lists(HOURS, min_size=3, max_size=3), min_size=0, max_size=4))


def wanted(days: list[list[tuple[int, int]]], required: int, span: int) -> Total:
    """The rule, day by day; `days[d]` are the hours of device d."""
    units = counted = 0
    for n in range(span):
        chosen = n_best([device[n] for device in days], required, SHARE)
        found = [credit_units(expected, valid, SHARE) for expected, valid in chosen]
        owed = [one for one in found if one is not None]
        units, counted = units + sum(owed), counted + len(owed)
    return Total(units, counted)


@settings(
    derandomize=True,
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sites=st.lists(SITE, min_size=1, max_size=5))
def test_totals_equal_the_rule(store: Store, sites: list[tuple[int, list[list[tuple[int, int]]]]]) -> None:
    store.run("DELETE FROM coverage_day")
    owners, device = [], 0
    for number, (required, days) in enumerate(sites):
        ids = tuple(range(device + 1, device + len(days) + 1))
        device += len(days)
        owners.append(Owner(number, ids, required))
        for own, hours in zip(ids, days, strict=True):
            for n, (expected, valid) in enumerate(hours):
                store.run(
                    "INSERT INTO coverage_day (stream, subject_id, day, updated_at, expected_hours, valid_hours)"
                    " VALUES (1, %s, %s, now(), %s, %s)",
                    [own, FIRST + timedelta(days=n), expected, valid],
                )
    found = totals(owners, FIRST, FIRST + timedelta(days=2), SHARE)
    assert found == {number: wanted(days, required, 3) for number, (required, days) in enumerate(sites)}

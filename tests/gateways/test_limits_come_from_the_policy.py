"""网关限额逐项来自政策参数：改一个参数只动一项，单位换算对；令牌桶的节奏和停读时间算得准。"""

from dataclasses import asdict
from datetime import date

import pytest

from gongdi.gateways.limits import Bucket, is_local, limits_of
from gongdi.kernel import policy as p
from gongdi.kernel.policy import DEFAULTS, PolicyRow, PolicySet
from tests.gateways.packets import LIMITS

DAY = date(2026, 11, 25)
# parameter, field of the limits, how many of the field's unit one of the parameter's is
SOURCES: list[tuple[p.Parameter[int], str, float]] = [
    (p.FRAMES_PER_SECOND, "frames_per_second", 1),
    (p.FRAME_BURST, "frame_burst", 1),
    (p.STRANGER_FRAMES_PER_SECOND, "stranger_frames_per_second", 1),
    (p.STRANGER_FRAME_BURST, "stranger_burst", 1),
    (p.CONNECTIONS_PER_PEER, "connections_per_address", 1),
    (p.STRANGER_CONNECTIONS, "strangers", 1),
    (p.CONNECTIONS, "connections", 1),
    (p.BUFFER_BYTES, "buffer_bytes", 1),
    (p.IDLE_MINUTES, "idle_s", 60),
    (p.FIRST_FRAME_SECONDS, "first_frame_s", 1),
    (p.INCOMPLETE_SECONDS, "partial_frame_s", 1),
    (p.QUARANTINE_PER_SOURCE, "quarantine_per_source", 1),
    (p.QUARANTINE_PER_DAY, "quarantine_per_day", 1),
    (p.PENDING_DEVICES, "pending_devices", 1),
    (p.WRONG_PASSWORD_ALARM, "wrong_password_alarm", 1),
    (p.FUTURE_MINUTES, "future_s", 60),
    (p.BACKLOG_ROWS, "backlog_rows", 1),
    (p.FLUSH_ROWS, "flush_rows", 1),
    (p.FLUSH_MILLISECONDS, "flush_s", 0.001),
    (p.FIRST_CONTACT_SECONDS, "first_contact_s", 1),
    (p.GAP_MINUTES, "gap_every_s", 60),
    (p.DUST_COUNTS_UNTIL_HOURS, "back_fill_s", 3600),
    (p.BACKFILL_CHUNK_HOURS, "request_s", 3600),
    (p.BACKFILL_IN_FLIGHT, "requests_in_flight", 1),
    (p.OVER_TIME_SECONDS, "over_time_s", 1),
    (p.RECOUNT, "retries", 1),
    (p.REALTIME_SECONDS, "realtime_s", 1),
    (p.SKEW_SECONDS, "clock_tolerance_s", 1),
    (p.CLOCK_OFFER_HOURS, "clock_set_every_s", 3600),
]


def test_every_limit_has_its_parameter() -> None:
    assert {name for _, name, _ in SOURCES} == asdict(LIMITS).keys()
    for parameter, name, factor in SOURCES:
        assert getattr(LIMITS, name) == pytest.approx(DEFAULTS.get(parameter, DAY) * factor)


@pytest.mark.parametrize(
    ("parameter", "name", "factor"), SOURCES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_decided_value_moves_its_limit_alone(parameter: p.Parameter[int], name: str, factor: float) -> None:
    value = DEFAULTS.get(parameter, DAY) - 1 or 2
    decided = PolicySet((PolicyRow(parameter.key, None, value, date(2026, 1, 1), "试验", "测试"),))
    before, after = asdict(limits_of(decided, date(2025, 12, 31))), asdict(limits_of(decided, DAY))
    assert {key for key in after if after[key] != before[key]} == {name}
    assert after[name] == pytest.approx(value * factor)


# rate, burst, times of the frames -> seconds to rest after each
BUCKETS = [
    (10, 3, [0, 0, 0], [0, 0, 0]),
    (10, 3, [0, 0, 0, 0], [0, 0, 0, 0.1]),
    (10, 3, [0, 0, 0, 0, 0.1], [0, 0, 0, 0.1, 0.1]),
    (10, 3, [0, 0, 0, 0, 0.2], [0, 0, 0, 0.1, 0]),
    (10, 3, [0, 0, 0, 100, 100, 100, 100], [0, 0, 0, 0, 0, 0, 0.1]),
    (1, 1, [0, 1, 2, 3], [0, 0, 0, 0]),
    (1, 1, [0, 0.5, 1.5], [0, 0.5, 0.5]),
    (0.5, 1, [0, 0], [0, 2]),
]


@pytest.mark.parametrize(("rate", "burst", "times", "rests"), BUCKETS)
def test_a_link_rests_until_its_next_token(
    rate: float, burst: float, times: list[float], rests: list[float]
) -> None:
    bucket = Bucket(rate, burst, burst, 0.0)
    assert [bucket.take(at) for at in times] == pytest.approx(rests)


def test_a_device_that_keeps_to_its_rate_never_rests() -> None:
    bucket = Bucket(LIMITS.frames_per_second, LIMITS.frame_burst, LIMITS.frame_burst, 0.0)
    assert not any(bucket.take(number / LIMITS.frames_per_second) for number in range(10_000))


def test_a_day_of_back_fill_fits_into_the_burst() -> None:
    """1,440 minutes sent at once after an outage make nobody rest."""
    bucket = Bucket(LIMITS.frames_per_second, LIMITS.frame_burst, LIMITS.frame_burst, 0.0)
    assert not any(bucket.take(0.0) for _ in range(1440))


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("", True),
        ("/run/socket", True),
        ("10.0.0.1", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("2001:db8::1", False),
    ],
)
def test_only_this_machine_is_local(address: str, local: bool) -> None:
    assert is_local(address) is local


def test_limits_are_those_of_the_day_they_are_asked_for() -> None:
    rows = tuple(
        PolicyRow(p.IDLE_MINUTES.key, None, value, day, "试验", "测试")
        for value, day in ((20, date(2026, 6, 1)), (10, date(2026, 9, 1)))
    )
    decided = PolicySet(rows)
    found = [limits_of(decided, date(2026, month, 15)).idle_s for month in (5, 6, 8, 9)]
    assert found == [LIMITS.idle_s, 1200, 1200, 600]

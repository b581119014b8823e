"""页面读的旁证：连接、平台故障、探针按重叠取；设备首行的三件事各有各的时间；补传请求十分钟一次。"""

from datetime import datetime, timedelta

import pytest

from gongdi.kernel.errors import UnusableInput
from gongdi.monitor.queries.connections import connections_of_device, platform_faults
from gongdi.telemetry.queries.facts import device_facts, device_lines
from gongdi.telemetry.queries.gateways import probe_minutes
from gongdi.telemetry.queries.hours import first_valid_days
from gongdi.telemetry.queries.states import SlotState, StateRun
from gongdi.telemetry.services.ask_back_fill import BackFillAsk, ask_back_fill
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import Store, at, minutes

NOW = at("2026-05-20 12:00")
BEGIN, END = at("2026-05-20 08:00"), at("2026-05-20 10:00")
# opened, closed (None: still open) -> inside 08:00 to 10:00
SPANS = [
    ("07:00", "07:59", False),
    ("07:00", "08:00", False),
    ("07:00", "08:01", True),
    ("07:00", "11:00", True),
    ("08:30", "08:40", True),
    ("09:59", "11:00", True),
    ("10:00", "11:00", False),
    ("07:00", None, True),
    ("11:00", None, False),
]


def moment(text: str | None) -> datetime | None:
    return at(f"2026-05-20 {text}") if text else None


def connect(
    store: Store, device: int | None, seq: int, opened: str, closed: str | None, why: str = ""
) -> None:
    store.run(
        "INSERT INTO connection_log (gateway_id, seq, opened_at, closed_at, device_id, relay, device_no, peer, why)"
        " VALUES (1, %s, %s, %s, %s, false, 'A1', '10.0.0.1:9', %s)",
        [seq, moment(opened), moment(closed), device, why],
    )


@pytest.mark.parametrize(("opened", "closed", "inside"), SPANS)
def test_connections_that_touch_the_span_are_shown(
    store: Store, opened: str, closed: str | None, inside: bool
) -> None:
    device = store.device("A1")
    connect(store, device, 1, opened, closed, "left" if closed else "")
    found = connections_of_device(device, BEGIN, END)
    assert len(found) == inside
    if inside:
        assert (found[0].opened_at, found[0].closed_at) == (moment(opened), moment(closed))


def test_connections_are_the_devices_own_and_the_newest_first(store: Store) -> None:
    device, other = store.device("A1"), store.device("A2")
    for seq, (who, opened) in enumerate(
        ((device, "08:10"), (other, "08:20"), (device, "08:30"), (None, "08:40"))
    ):
        connect(store, who, seq, opened, "09:00")
    assert [one.opened_at for one in connections_of_device(device, BEGIN, END)] == [
        moment("08:30"),
        moment("08:10"),
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "shown"),
    [("07:00", "08:00", None), ("07:50", "08:10", 10), ("08:30", "08:45", 15), ("09:50", "11:00", 10), ("10:00", "11:00", None), ("07:00", "11:00", 120)],
)  # fmt: skip
def test_a_platform_fault_counts_the_minutes_inside_the_span(
    store: Store, starts: str, ends: str, shown: int | None
) -> None:
    store.run(
        "INSERT INTO platform_fault (gateway_id, starts, ends, cause) VALUES (NULL, %s, %s, '断电')",
        [moment(starts), moment(ends)],
    )
    found = platform_faults(BEGIN, END)
    assert [(window.minutes, window.cause) for window in found] == (
        [] if shown is None else [(shown, "断电")]
    )


def test_a_minute_probed_by_two_gateways_is_one_minute(store: Store) -> None:
    start = (
        "INSERT INTO gateway_instance (name, started_at, last_seen) VALUES ('h', now(), now()) RETURNING id"
    )
    first, second = (store.run(start)[0][0] for _ in range(2))
    for gateway, text in (
        (first, "08:00"),
        (second, "08:00"),
        (first, "08:02"),
        (first, "10:00"),
        (second, "07:59"),
    ):
        store.run(
            "INSERT INTO canary (gateway_id, minute, committed_at) VALUES (%s, %s, %s)",
            [gateway, moment(text), moment(text)],
        )
    assert probe_minutes(BEGIN, END) == [moment("08:00"), moment("08:02")]


# ------------------------------------------------------------ facts


def heard(store: Store, device: int, minutes_ago: float, skew: float | None = None) -> None:
    when = NOW - timedelta(minutes=minutes_ago)
    store.run(
        "INSERT INTO device_last (device_id, gateway_id, heard_at, peer, skew_s, skew_n, acked, stored, frames)"
        " VALUES (%s, 1, %s, '10.0.0.1:9', %s, 20, 7, 5, %s)",
        [device, when, skew, f'{{"2011": {{"at": "{when.isoformat()}", "text": "x"}}}}'],
    )


@pytest.mark.parametrize(
    ("skew", "within"), [(None, None), (0.0, True), (60.0, True), (-60.0, True), (60.5, False), (-61.0, False), (43_200.0, False)]
)  # fmt: skip
def test_a_skew_is_judged_by_the_policy(store: Store, skew: float | None, within: bool | None) -> None:
    device = store.device("A1")
    heard(store, device, 1, skew)
    facts = device_facts(device, NOW)
    assert facts is not None
    assert (facts.skew.seconds, facts.skew.within, facts.skew.limit_s) == (skew, within, 60)


@pytest.mark.parametrize(
    ("minutes_ago", "is_open", "connected"), [(1, True, True), (1, False, False), (600, True, False)]
)
def test_connected_means_an_open_link_that_is_heard(
    store: Store, minutes_ago: float, is_open: bool, connected: bool
) -> None:
    """A link whose end was never logged (killed gateway) is no connection once the device is silent."""
    device = store.device("A1")
    heard(store, device, minutes_ago)
    connect(store, device, 1, "01:00", None if is_open else "02:00")
    facts = device_facts(device, NOW)
    assert facts is not None
    assert facts.heard.connected is connected
    assert (facts.heard.cn, facts.acked, facts.stored) == (2011, 7, 5)


def test_lists_of_many_devices_hold_those_asked(store: Store) -> None:
    first, second, third = (store.device(number) for number in ("A1", "A2", "A3"))
    heard(store, second, 1, 2.0)
    found = device_lines([first, second])
    assert set(found) == {first, second} != {third}
    assert (found[first].heard_at, found[second].skew_s) == (None, 2.0)
    assert device_lines([]) == {}


def test_the_first_valid_day_needs_a_valid_hour(store: Store, terms: Terms) -> None:
    device, other = store.device("A1"), store.device("A2")
    store.flush(device, minutes(at("2026-05-18 08:00"), 44))
    store.flush(device, minutes(at("2026-05-19 08:00"), 45))
    store.flush(device, minutes(at("2026-05-20 08:00"), 60))
    store.flush(other, minutes(at("2026-05-20 08:00"), 10))
    fold(terms, NOW)
    assert first_valid_days([device, other]) == {device: at("2026-05-19 08:00").date()}


# ------------------------------------------------------------ asking for a gap


def ask(store: Store, device: int, now: datetime) -> None:
    run = StateRun(BEGIN, END, SlotState.PENDING, 120, 120, "", None)
    ask_back_fill(BackFillAsk(device, run, "王工"), now=now)


def test_a_request_is_for_the_interval_shown_and_names_who_asked(store: Store) -> None:
    device = store.device("A1")
    ask(store, device, NOW)
    query = "SELECT device_id, cn, begins, ends, asked_at, asked_by, sent_at FROM gateway_command"
    assert store.run(query) == [(device, 2051, BEGIN, END, NOW, "王工", None)]


@pytest.mark.parametrize(("later", "refused"), [(0, True), (9, True), (10, False), (11, False)])
def test_a_second_request_waits_ten_minutes(store: Store, later: int, refused: bool) -> None:
    device, other = store.device("A1"), store.device("A2")
    ask(store, device, NOW)
    ask(store, other, NOW)
    if refused:
        with pytest.raises(UnusableInput, match="10 分钟"):
            ask(store, device, NOW + timedelta(minutes=later))
    else:
        ask(store, device, NOW + timedelta(minutes=later))


def test_after_the_answer_it_may_be_asked_again_at_once(store: Store) -> None:
    device = store.device("A1")
    ask(store, device, NOW)
    store.run("UPDATE gateway_command SET done_at = %s, result = 'no_data'", [NOW])
    ask(store, device, NOW + timedelta(seconds=1))
    assert store.run("SELECT count(*) FROM gateway_command") == [(2,)]

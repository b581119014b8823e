"""连接状态机：认证、隔离、时间、心跳、方言。"""

from datetime import timedelta

import pytest

from gongdi.gateways.decisions import (
    Alarm,
    CanarySeen,
    Close,
    Decision,
    Met,
    Note,
    Refuse,
    Send,
    Store,
    Stranger,
)
from gongdi.protocols.hj212.profiles import profile_from
from gongdi.protocols.hj212.replies import build_frame
from tests.gateways.packets import (
    LIMITS,
    MN,
    NOON,
    NOW,
    PASSWORD,
    device,
    house,
    live,
    minute,
    minutes_before,
    plain,
    realtime,
    session,
)


def only(decisions: list[Decision], kind: type[Decision]) -> list[Decision]:
    """Decisions of one kind."""
    return [decision for decision in decisions if isinstance(decision, kind)]


def test_a_right_frame_is_stored_and_its_ack_waits_in_the_decision() -> None:
    out = session(house()).feed(minute(minutes_before(1)), NOW)
    stored = only(out, Store)[0]
    assert isinstance(stored, Store)
    assert stored.report.cn == 2051
    assert b"CN=9014" in stored.ack
    assert stored.source == 0
    assert not only(out, Send)


def test_bit_a_is_honoured() -> None:
    stored = only(session(house()).feed(minute(minutes_before(1), flag="4"), NOW), Store)[0]
    assert isinstance(stored, Store)
    assert stored.ack == b""


def test_a_2005_sender_is_answered_in_its_own_form() -> None:
    stored = only(session(house()).feed(minute(minutes_before(1), flag="1"), NOW), Store)[0]
    assert isinstance(stored, Store)
    assert b"Flag=0;CP=&&QN=20261125120030000&&" in stored.ack


def test_an_unregistered_number_is_kept_without_answer() -> None:
    out = session(house()).feed(minute(minutes_before(1), mn="NOBODY"), NOW)
    assert [type(decision) for decision in out] == [Stranger]


@pytest.mark.parametrize("mn", ["", "null"])
def test_an_empty_number_is_quarantined(mn: str) -> None:
    (refused,) = session(house()).feed(minute(minutes_before(1), mn=mn), NOW)
    assert isinstance(refused, Refuse)
    assert refused.reason == "no_mn"


def test_an_impostor_changes_nothing_of_the_owner() -> None:
    shared = house()
    owner, impostor = session(shared), session(shared, "10.9.9.9:1")
    owner.feed(realtime(NOON), NOW)
    before = (live(shared).holder, live(shared).edition, list(live(shared).clock.samples))
    for count in range(LIMITS.wrong_password_alarm):
        out = impostor.feed(minute(minutes_before(1), pm10=9999, password="guess"), NOW)
        refused = only(out, Refuse)[0]
        assert isinstance(refused, Refuse)
        assert refused.reason == "wrong_password"
        assert not only(out, Store)
        assert bool(only(out, Alarm)) == (count + 1 == LIMITS.wrong_password_alarm)
    assert (live(shared).holder, live(shared).edition, list(live(shared).clock.samples)) == before


def test_data_from_the_future_or_of_a_locked_month_is_quarantined_as_time() -> None:
    shared = house()
    for moment in (NOON + timedelta(minutes=11), NOON - timedelta(days=41)):
        refused = only(session(shared).feed(minute(moment), NOW), Refuse)[0]
        assert isinstance(refused, Refuse)
        assert refused.reason == "time"
    assert only(session(shared).feed(minute(NOON + timedelta(minutes=9)), NOW), Store)


def test_refused_frames_never_end_the_stream() -> None:
    good = minute(minutes_before(1))
    bad = good.replace(b"a34002-Avg=80.0", b"a34002-Avg=81.0")
    out = session(house()).feed(b"Real" + bad + good[:40] + good + b"junk" + minute(minutes_before(2)), NOW)
    assert len(only(out, Store)) == 2
    assert {decision.reason for decision in out if isinstance(decision, Refuse)} >= {"wrong_crc"}


def test_a_dialect_is_taken_only_for_the_device_that_has_it() -> None:
    dialect = profile_from({"base": "length-plus6", "pm_unit": "ug"})
    good = minute(minutes_before(1))
    longer = b"##%04d" % (int(good[2:6]) + 6) + good[6:]
    stored = only(session(house(device(profile=dialect))).feed(longer, NOW), Store)[0]
    assert isinstance(stored, Store)
    assert stored.source == 4
    assert only(session(house()).feed(longer + longer, NOW), Refuse)


@pytest.mark.parametrize("cn", [9021, 3023, 9015])
def test_heartbeats_are_echoed_and_count_as_presence(cn: int) -> None:
    out = session(house()).feed(plain(cn), NOW)
    assert f"CN={cn}".encode() in b"".join(d.data for d in out if isinstance(d, Send))
    assert only(out, Note)
    assert not only(out, Store)


def test_a_time_check_is_answered_by_notice_and_clock() -> None:
    out = session(house()).feed(plain(1013), NOW)
    sent = [decision.data for decision in out if isinstance(decision, Send)]
    assert b"CN=9013" in sent[0]
    assert b"CN=1012" in sent[1]
    assert b"SystemTime=20261125120030" in sent[1]


@pytest.mark.parametrize(("data_flag", "flag"), [("5", "1"), ("1", "5"), ("1", "1"), ("5", "5")])
def test_a_time_check_is_answered_in_its_own_edition(data_flag: str, flag: str) -> None:
    """Not in the one remembered from the device's data, which stays remembered."""
    shared = house()
    link = session(shared)
    link.feed(minute(minutes_before(1), flag=data_flag), NOW)
    remembered = live(shared).edition
    notice, clock = (d.data for d in link.feed(plain(1013, flag=flag), NOW) if isinstance(d, Send))
    number = b"QN=20261125120030000"
    if flag == "1":
        assert notice[6:].startswith(b"ST=91;CN=9013;")
        assert b";Flag=0;CP=&&" + number + b"&&" in notice
    else:
        assert notice[6:].startswith(number + b";ST=91;CN=9013;")
        assert b";Flag=4;CP=&&&&" in notice
    assert b";Flag=%b;CP=&&SystemTime=" % flag.encode() in clock
    assert live(shared).edition == remembered


def test_a_time_check_of_2005_repeats_the_number_of_its_area() -> None:
    asked = f"ST=39;CN=1013;PW={PASSWORD};MN={MN};Flag=1;CP=&&QN=20261125120030000&&"
    out = session(house()).feed(build_frame(asked.encode()), NOW)
    notice = next(d.data for d in out if isinstance(d, Send))
    assert b";Flag=0;CP=&&QN=20261125120030000&&" in notice


def test_a_second_live_link_replaces_the_first_after_two_frames() -> None:
    shared = house()
    first, second = session(shared), session(shared, "10.1.2.9:5000")
    assert isinstance(first.feed(plain(9021), NOW)[0], Met)
    out = second.feed(plain(9021), NOW + 1)
    assert only(out, Alarm)
    assert live(shared).holder is first
    met = only(second.feed(plain(9021), NOW + 2), Met)[0]
    assert isinstance(met, Met)
    assert met.instead is first
    assert live(shared).holder is second


def test_a_changed_address_is_only_noted() -> None:
    shared = house()
    first = session(shared)
    first.feed(plain(9021), NOW)
    first.close(NOW + 1)
    out = session(shared, "10.7.7.7:1").feed(minute(minutes_before(1)), NOW + 2)
    assert [a.code for a in out if isinstance(a, Alarm)] == ["address_changed"]
    assert only(out, Store)


def test_only_the_own_canary_is_taken() -> None:
    shared = house()
    shared.canary_mn, shared.canary_password = "GONGDI-CANARY-3", "x1"
    own = plain(2011, "DataTime=20261125120030", "GONGDI-CANARY-3", "x1")
    other = plain(2011, "DataTime=20261125120030", "GONGDI-CANARY-4", "x1")
    assert isinstance(session(shared).feed(own, NOW)[0], CanarySeen)
    assert session(shared).feed(other, NOW) == [Close("canary")]


def test_times_idle_slow_and_stale() -> None:
    shared = house()
    link = session(shared)
    assert link.tick(NOW + 59) == []
    assert link.tick(NOW + 61) == [Close("no_frame")]
    link.feed(minute(minutes_before(1))[:50], NOW + 62)
    assert not only(link.tick(NOW + 80), Refuse)
    refused = only(link.tick(NOW + 93), Refuse)[0]
    assert isinstance(refused, Refuse)
    assert refused.reason == "truncated"
    link.feed(minute(minutes_before(1)), NOW + 100)
    assert Close("idle") in link.tick(NOW + 101 + LIMITS.idle_s)


def test_the_twelve_hour_clock_is_named() -> None:
    shared = house()
    alarms = [
        a for a in session(shared).feed(realtime(NOON - timedelta(hours=12)), NOW) if isinstance(a, Alarm)
    ]
    assert "十二小时" in alarms[0].text
    assert live(shared).clock.skew == pytest.approx(12 * 3600)


def test_too_many_frames_make_the_link_rest() -> None:
    from dataclasses import replace

    from gongdi.gateways.decisions import Rest

    shared = house(limits=replace(LIMITS, frame_burst=3, frames_per_second=1.0))
    link = session(shared)
    out = [d for _ in range(5) for d in link.feed(plain(9021), NOW)]
    assert len(only(out, Rest)) == 2
    assert len(only(out, Note)) == 5

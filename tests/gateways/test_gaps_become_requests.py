"""缺口合并成补传请求：按日图、按周期、不超过一次请求的长度。"""

from datetime import date, datetime

from gongdi.gateways.gaps import BEIJING, Span, days_between, missing_spans, with_rows, without

DAY = date(2026, 11, 25)


def at(hour: int, minute: int) -> int:
    """Epoch seconds of a Beijing time of the day."""
    return int(datetime(2026, 11, 25, hour, minute, tzinfo=BEIJING).timestamp())


def bits(*missing: range) -> str:
    """A map with these minutes missing."""
    gone = {minute for run in missing for minute in run}
    return "".join("0" if minute in gone else "1" for minute in range(1440))


def test_runs_are_inclusive_and_the_newest_comes_first() -> None:
    received = {DAY: bits(range(60, 70), range(600, 601))}
    assert missing_spans(received, 1, at(0, 0), at(12, 0), 6 * 3600) == [
        Span(at(10, 0), at(10, 0)),
        Span(at(1, 0), at(1, 9)),
    ]


def test_a_request_is_never_longer_than_allowed() -> None:
    spans = missing_spans({}, 1, at(0, 0), at(13, 0), 6 * 3600)
    assert [(span.ends - span.begins) // 60 + 1 for span in spans] == [60, 360, 360]


def test_a_period_with_one_missing_minute_is_missing() -> None:
    received = {DAY: bits(range(64, 65))}
    assert missing_spans(received, 5, at(0, 0), at(3, 0), 3600) == [Span(at(1, 0), at(1, 0))]


def test_unfinished_periods_are_not_asked_for() -> None:
    assert missing_spans({DAY: bits()}, 10, at(0, 0), at(0, 5), 3600) == []
    assert missing_spans({}, 10, at(0, 1), at(0, 29), 3600) == [Span(at(0, 10), at(0, 10))]


def test_rows_newer_than_the_maps_count() -> None:
    known = with_rows({}, [(at(0, 0), 5), (at(0, 5), 5)])
    assert missing_spans(known, 5, at(0, 0), at(0, 15), 3600) == [Span(at(0, 10), at(0, 10))]


def test_what_was_answered_is_not_asked_again() -> None:
    assert without([Span(5, 9), Span(20, 30)], [Span(0, 10)]) == [Span(20, 30)]


def test_days_between_are_shanghai_days() -> None:
    assert days_between(at(0, 0) - 1, at(0, 0)) == [date(2026, 11, 24), DAY]

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.kernel.exact import percent_text
from gongdi.returns.rules import (
    Combined,
    ProjectPairs,
    Streams,
    Weights,
    combine,
    document_rate,
    dust_pair,
    dust_stream,
    enterprise_rate,
    entry_rate,
    region_rate,
)

WEIGHTS = Weights(Fraction(1, 2), Fraction(1, 4), Fraction(1, 4))
DAY_HOURS = Fraction(20, 24)
P1 = ProjectPairs((46, 46), (150, 150), (30, 30))
P2 = ProjectPairs((40, 50), (120, 150), (27, 30))
P3 = ProjectPairs((20, 20), (60, 60), None)
RATE = st.none() | st.fractions(min_value=0, max_value=1, max_denominator=200)


@pytest.mark.clause("379-3.3.a")
def test_full_rate_only_when_every_applicable_stream_is_exactly_one() -> None:
    one = Fraction(1)
    assert combine(Streams(one, one, one), WEIGHTS) == Combined(one, True)
    assert combine(Streams(one, one, None), WEIGHTS) == Combined(one, True)
    almost = combine(Streams(one, Fraction(24_999, 25_000), one), WEIGHTS)
    assert almost == Combined(Fraction(99_999, 100_000), False)
    assert percent_text(almost.rate) == "99.99"


def test_nothing_applicable_is_no_rate() -> None:
    assert combine(Streams(None, None, None), WEIGHTS) == Combined(None, None)
    assert (
        combine(Streams(None, None, Fraction(1)), Weights(Fraction(1), Fraction(0), Fraction(0))).rate is None
    )


@given(RATE, RATE, RATE)
@settings(derandomize=True, deadline=None)
def test_combined_lies_between_its_streams(
    d: Fraction | None, v: Fraction | None, e: Fraction | None
) -> None:
    found = combine(Streams(d, v, e), WEIGHTS)
    rates = [rate for rate in (d, v, e) if rate is not None]
    if not rates:
        assert found.rate is None
    else:
        assert found.rate is not None
        assert min(rates) <= found.rate <= max(rates)
        assert found.is_full is (found.rate == 1)


def test_documents_of_a_month() -> None:
    found = document_rate(due=50, exempt=4, on_time=43, late=2)
    assert (found.rate, found.on_time_rate) == (Fraction(45, 46), Fraction(43, 46))
    assert document_rate(12, 12, 0, 0).rate is None


@pytest.mark.clause("379-2.2.3")
def test_month_of_one_device() -> None:
    days = [(25, 24, 24), (2, 20, 24), (1, 12, 24), (1, 14, 16), (1, 0, 0)]
    assert dust_stream(days, DAY_HOURS) == Fraction(57, 58)
    assert dust_pair(days, DAY_HOURS) == (Fraction(57, 2), 29)
    assert dust_stream([(5, 0, 0)], DAY_HOURS) is None


@pytest.mark.clause("379-3.5.b")
def test_enterprise_sums_numerators_and_denominators() -> None:
    found = enterprise_rate([P1, P2, P3], WEIGHTS)
    assert found.streams == Streams(Fraction(53, 58), Fraction(11, 12), Fraction(19, 20))
    assert found.combined == Combined(Fraction(1607, 1740), False)
    assert enterprise_rate([], WEIGHTS).combined.rate is None


def test_region_is_the_mean_of_its_projects() -> None:
    found = region_rate([P1, P2, P3], WEIGHTS)
    assert (found.mean, found.share_full) == (Fraction(113, 120), Fraction(2, 3))


def test_projects_without_a_rate_are_left_out_of_the_region() -> None:
    none = ProjectPairs((0, 0), (0, 0), None)
    found = region_rate([none, P2], WEIGHTS)
    assert (found.mean, found.share_full) == (Fraction(33, 40), Fraction(0))
    assert region_rate([none], WEIGHTS).mean is None


@pytest.mark.clause("379-3.5.b")
def test_entry_rate() -> None:
    assert entry_rate(3, 4) == Fraction(3, 4)
    assert entry_rate(0, 0) is None

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.kernel.exact import fraction_text, parse_fraction, percent_text, ratio, total


@pytest.mark.parametrize(
    ("value", "fraction", "percent"),
    [
        (Fraction(45, 46), "45/46", "97.82"),
        (Fraction(1), "1", "100.00"),
        (Fraction(0), "0", "0.00"),
        (Fraction(2, 3), "2/3", "66.66"),
        (Fraction(99_999_999, 100_000_000), "99999999/100000000", "99.99"),
        (None, None, None),
    ],
)
def test_display_is_truncated(value: Fraction | None, fraction: str | None, percent: str | None) -> None:
    assert fraction_text(value) == fraction
    assert percent_text(value) == percent


@given(st.fractions(min_value=0, max_value=1))
@settings(derandomize=True, deadline=None)
def test_hundred_only_when_exactly_one(value: Fraction) -> None:
    assert (percent_text(value) == "100.00") == (value == 1)


@given(st.fractions(min_value=0, max_value=10**6))
@settings(derandomize=True, deadline=None)
def test_text_and_fraction_are_opposites(value: Fraction) -> None:
    assert parse_fraction(str(fraction_text(value))) == value


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "01", "1/0", "1/", "/1", "-1", "1.0", "１", "1/2/3", "1" * 201, "1\n", "1\x00"]
)
def test_what_is_no_fraction_is_refused(text: str) -> None:
    assert parse_fraction(text) is None


def test_numbers_beyond_the_digit_limit_of_str_are_shown_whole() -> None:
    huge = 10**5000 + 7
    assert fraction_text(Fraction(huge)) == "1" + "0" * 4999 + "7"


def test_nothing_owed_is_not_a_rate() -> None:
    assert ratio(0, 0) is None
    assert ratio(0, 3) == 0


@given(st.lists(st.fractions(min_value=0, max_value=1, max_denominator=99)))
@settings(derandomize=True, deadline=None)
def test_total_in_pairs_equals_the_plain_sum(values: list[Fraction]) -> None:
    assert total(list(values)) == sum(values)

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.orgs.rules import ID_CARD_CHECKS, USCC_ALPHABET, id_card_valid, uscc_valid

TODAY = date(2026, 5, 1)


@pytest.mark.parametrize(
    "code",
    [
        "91110000600037341L",
        "91140100MA0JTEX10M",
        "91140200MA0KTEX21H",
        "91140000MA0LTEX32X",
        "12140100MA0MTEX43Y",
        "91149900MA0NTEX549",
        "91140500MA0PTEX65U",
    ],
)
def test_a_right_credit_code_and_none_of_its_single_mistakes(code: str) -> None:
    assert uscc_valid(code)
    for place, right in enumerate(code):
        for wrong in USCC_ALPHABET.replace(right, ""):
            assert not uscc_valid(code[:place] + wrong + code[place + 1 :])


@pytest.mark.parametrize(
    "code", ["", "91140100MA0JTEX100", "91140100MA0ITEX10M", "91140100ma0jtex10m", "９1140100MA0JTEX10M"]
)
def test_a_wrong_credit_code(code: str) -> None:
    assert not uscc_valid(code)


@pytest.mark.parametrize("code", ["140105199903070018", "140224198512314521", "141121199202295514"])
def test_a_right_identity_number(code: str) -> None:
    assert id_card_valid(code, TODAY)
    for check in ID_CARD_CHECKS.replace(code[17], ""):
        assert not id_card_valid(code[:17] + check, TODAY)


@pytest.mark.parametrize(
    "code", ["140302196202290032", "140105199903070019", "14010519990307001", "140105１99903070018", "1" * 18]
)
def test_a_wrong_identity_number(code: str) -> None:
    assert not id_card_valid(code, TODAY)


def test_nobody_is_born_tomorrow() -> None:
    assert id_card_valid("140105199903070018", date(1999, 3, 7))
    assert not id_card_valid("140105199903070018", date(1999, 3, 6))


@given(st.text(max_size=20))
@settings(derandomize=True, deadline=None)
def test_any_text_gives_an_answer(text: str) -> None:
    assert uscc_valid(text) in (True, False)
    assert id_card_valid(text, TODAY) in (True, False)

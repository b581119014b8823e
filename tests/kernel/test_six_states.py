"""六态：哪些计入应传、哪些算实传，与公布的表逐行一致。"""

import pytest

from gongdi.kernel.obligation import ObligationState

# 来源：return_rate.yaml 的 slot 与 hour_state（本平台政策，六态的名称见 docs/术语表.md）
TABLE = [
    ("PENDING", "应传未到", True, False),
    ("ON_TIME", "按时", True, True),
    ("BACK_FILLED", "补传", True, True),
    ("EXEMPT", "免传", False, False),
    ("PLATFORM_FAULT", "平台故障", False, False),
    ("MISSING", "缺传", True, False),
]


@pytest.mark.parametrize(("name", "word", "counts", "fulfilled"), TABLE)
def test_each_state_counts_as_published(name: str, word: str, counts: bool, fulfilled: bool) -> None:
    state = ObligationState[name]
    assert (state.value, state.counts, state.fulfilled) == (word, counts, fulfilled)


def test_there_are_six_and_nothing_is_fulfilled_that_does_not_count() -> None:
    assert len(ObligationState) == len(TABLE)
    assert all(state.counts for state in ObligationState if state.fulfilled)

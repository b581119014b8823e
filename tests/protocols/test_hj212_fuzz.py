"""变异报文：不崩、不停、不涨内存，坏报文后面的好报文一个不丢。"""

import tracemalloc

import pytest

from tools.fuzz_hj212 import Outcome, run


def check(outcome: Outcome, count: int) -> None:
    assert outcome.mutated == count
    assert outcome.lost <= outcome.intact // 1000  # at least 99.9 % recovered
    assert outcome.most_pending <= 20_100
    assert outcome.slowest_ms < 2_000
    assert outcome.rss_end_kb - outcome.rss_start_kb < 32_768


def test_20_000_mutated_packets() -> None:
    check(run(20_000), 20_000)


def test_memory_stays_flat() -> None:
    run(1_000, seed=1)
    tracemalloc.start()
    try:
        run(1_500, seed=2)
        first = tracemalloc.get_traced_memory()[0]
        run(1_500, seed=3)
        run(1_500, seed=4)
        assert tracemalloc.get_traced_memory()[0] - first < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.deep
def test_million_mutated_packets() -> None:
    check(run(1_000_000), 1_000_000)

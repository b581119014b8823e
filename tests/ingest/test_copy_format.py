"""二进制 COPY：与数据库自己的解释一致。"""

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.ingest.copy_format import packed_array
from gongdi.ingest.known import KnownMinutes
from gongdi.ingest.note_sql import dump, notify_payloads
from gongdi.ingest.rows import day_number, day_start, from_micros, to_micros
from tests.ingest.builders import NOW, TODAY, Dsn, midnight


def test_arrays_mean_the_same_to_the_database(dsn: Dsn) -> None:
    cases = (("int2", "h", [-1, 5]), ("int4", "i", [1 << 30]), ("int8", "q", [-(1 << 60), 0, 7]))
    with psycopg.connect(dsn("gateway")) as connection:
        for name, kind, numbers in cases:
            sent = connection.execute(f"SELECT array_send(%s::{name}[])".encode(), (numbers,)).fetchone()
            assert sent is not None
            assert bytes(sent[0]) == packed_array(kind, numbers)


def test_days_turn_at_midnight_in_shanghai() -> None:
    number = day_number(to_micros(midnight(TODAY)))
    assert from_micros(day_start(number)) == midnight(TODAY)
    assert day_number(day_start(number) - 1) == number - 1
    assert from_micros(to_micros(NOW)) == NOW


KEYS = st.lists(st.tuples(st.integers(1, 5), st.integers(-3, 3_000)), max_size=60)


@settings(derandomize=True)
@given(st.lists(KEYS, max_size=4))
def test_known_minutes_are_a_set(batches: list[list[tuple[int, int]]]) -> None:
    known, model = KnownMinutes(), set[tuple[int, int]]()
    for batch in batches:
        fresh, suspect = known.split(
            [device for device, _ in batch], [minute * 60_000_000 for _, minute in batch]
        )
        expected = []
        for place, key in enumerate(batch):
            if key not in model:
                expected.append(place)
            model.add(key)
        assert fresh == expected
        assert sorted(fresh + suspect) == list(range(len(batch)))


def test_known_minutes_forget_when_there_are_too_many() -> None:
    known = KnownMinutes(limit=100)
    for device in range(1_000):
        known.split([device], [0])
    assert len(known._maps) <= 101
    assert known.split([999, 1], [0, 0]) == ([1], [0])


def test_what_the_database_cannot_store_is_replaced() -> None:
    assert dump([{"a": "x\0\ud800"}]) == b'[{"a":"x\\ufffd?"}]'


def test_notifications_fit() -> None:
    payloads = notify_payloads(range(1_000_000, 1_005_000))
    assert all(len(payload) < 8_000 and payload.startswith("dust 1") for payload in payloads)
    assert sum(payload.count(",") + 1 for payload in payloads) == 5_000
    assert notify_payloads([]) == []

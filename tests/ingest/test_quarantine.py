"""隔离和待登记：保留有上限，计数不漏。"""

from datetime import timedelta
from typing import Any

from gongdi.ingest.notes import Caps, Connection, Refused, SideBook, Unknown
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.store import Batch, Store
from tests.ingest.builders import NOW, Dsn, one, open_store, query


def refused(source: int, **changes: Any) -> Refused:
    """A frame with a wrong CRC from one of many peers."""
    return Refused(NOW, f"10.0.{source // 256}.{source % 256}:5000", "wrong_crc", b"x" * 9_000)._replace(
        **changes
    )


def test_bytes_are_capped_per_source_and_counts_are_exact(dsn: Dsn, store: Store) -> None:
    own = open_store(dsn, kept_per_source_day=5, kept_bytes=100)
    frames = [refused(1) for _ in range(50)] + [refused(2) for _ in range(3)]
    own.commit(Batch(refused=frames[:30]), 0)
    own.commit(Batch(refused=frames[30:]), 1)
    assert query(
        dsn, "SELECT peer, count(*), max(length(data)) FROM quarantine GROUP BY peer ORDER BY peer"
    ) == [
        ("10.0.0.1:5000", 5, 100),
        ("10.0.0.2:5000", 3, 100),
    ]
    assert query(dsn, "SELECT source, n FROM quarantine_count ORDER BY source") == [
        ("10.0.0.1", 50),
        ("10.0.0.2", 3),
    ]
    own.close()


def test_memory_stays_bounded_however_many_sources() -> None:
    policy = WriterPolicy(counted_sources_day=50, kept_per_day=70, pending_devices=20)
    book = SideBook(policy, Caps(policy))
    for source in range(2_000):
        book.refuse(refused(source))
        book.unknown(Unknown(NOW, f"MN{source}", "10.0.0.1:1", "39", b"frame"))
    assert len(book.refused) == 70
    assert len(book.counts) == 51
    assert sum(book.counts.values()) == 2_000
    assert len(book.pending) == 20
    book.refuse(refused(1, at=NOW + timedelta(days=1)))
    assert len(book.refused) == 71


def test_an_unregistered_device_keeps_its_last_frames(dsn: Dsn, store: Store) -> None:
    for start in (0, 4):
        frames = [Unknown(NOW, "MN1", "10.0.0.1:1", "39", f"{start + n}".encode()) for n in range(4)]
        store.commit(Batch(unknown=frames), 0)
    assert query(dsn, "SELECT n, st, frames FROM pending_device") == [
        (8, "39", [b"7", b"6", b"5", b"4", b"3"])
    ]


def test_a_connection_is_one_row_from_opening_to_closing(dsn: Dsn, store: Store) -> None:
    opened = Connection(1, NOW, "10.0.0.1:1")
    store.commit(Batch(connections=[opened]), 0)
    closed = opened._replace(
        device_no="MN1", device_id=5, closed_at=NOW + timedelta(minutes=1), why="对端关闭"
    )
    store.commit(Batch(connections=[closed], canaries=[NOW, NOW]), 1)
    assert query(dsn, "SELECT device_id, device_no, closed_at, why FROM connection_log") == [
        (5, "MN1", NOW + timedelta(minutes=1), "对端关闭")
    ]
    assert one(dsn, "SELECT count(*) FROM canary") == 1

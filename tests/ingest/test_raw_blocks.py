"""原始报文块：按收到的样子还原，按设备取回。"""

from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.ingest import raw_blocks
from gongdi.ingest.store import Store
from tests.ingest.builders import NOW, Dsn, commit, minute

FRAMES = st.lists(st.tuples(st.binary(max_size=50), st.integers(-(1 << 62), 1 << 62)), max_size=20)


@settings(derandomize=True)
@given(FRAMES)
def test_frames_come_back(frames: list[tuple[bytes, int]]) -> None:
    payload = raw_blocks.encode([raw for raw, _ in frames], [at for _, at in frames])
    assert raw_blocks.decode(payload) == [(at, raw) for raw, at in frames]


def test_an_unknown_version_is_said() -> None:
    with pytest.raises(ValueError, match="版本 9 不认识"):
        raw_blocks.decode(b"\x09" + bytes(4))


def test_the_last_frames_of_one_device(dsn: Dsn, store: Store) -> None:
    for offset in range(6):
        at = NOW + timedelta(minutes=offset)
        commit(store, *(minute(device, offset, recv_at=at) for device in range(1, 30)))
    with psycopg.connect(dsn("app")) as app:
        found = raw_blocks.frames_of(app, 7, NOW + timedelta(minutes=4), limit=3)
    assert [frame.raw for frame in found] == [b"frame 7 3", b"frame 7 2", b"frame 7 1"]
    assert found[0].recv_at == NOW + timedelta(minutes=3)


def test_frames_of_a_span_page_by_page(dsn: Dsn, store: Store) -> None:
    for offset in range(9):
        at = NOW + timedelta(minutes=offset)
        commit(store, *(minute(device, offset, recv_at=at) for device in range(1, 4)))
    span = raw_blocks.Span(NOW + timedelta(minutes=1), NOW + timedelta(minutes=8))
    seen: list[bytes] = []
    older = span.ends
    following: datetime | None
    with psycopg.connect(dsn("app")) as app:
        for _ in range(9):
            found, following = raw_blocks.frames_within(app, 2, raw_blocks.Span(span.starts, older), 3)
            seen += [frame.raw for frame in found]
            if following is None:
                break
            older = following
        only, _ = raw_blocks.frames_within(app, 2, span, 3, b"2 5")
        empty = raw_blocks.frames_within(app, 2, raw_blocks.Span(NOW - timedelta(days=1), NOW), 3)
    assert seen == [b"frame 2 %d" % n for n in range(7, 0, -1)]
    assert [frame.raw for frame in only] == [b"frame 2 5"]
    assert empty == ([], None)


def test_a_rare_frame_is_found_behind_many_others(
    dsn: Dsn, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_blocks, "_BUDGET", 4)
    for offset in range(9):
        commit(store, minute(1, offset, recv_at=NOW + timedelta(minutes=offset)))
    older: datetime | None = NOW + timedelta(minutes=20)
    steps, found = 0, []
    with psycopg.connect(dsn("app")) as app:
        while older is not None:
            span = raw_blocks.Span(NOW, older)
            more, older = raw_blocks.frames_within(app, 1, span, 5, b"1 1")
            found += more
            steps += 1
            assert steps < 9
    assert [frame.raw for frame in found] == [b"frame 1 1"]

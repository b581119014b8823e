"""原始报文块：按收到的样子还原，按设备取回。"""

from datetime import timedelta

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

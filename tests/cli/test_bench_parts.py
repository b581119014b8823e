"""压测的零件：报文真实可解、关了 fsync 就不做、裸 COPY 抄得一样、算术按定义、结果带全环境。"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gongdi.cli.bench import frames, main, parse, processes, rawcopy, stage, surroundings
from gongdi.cli.bench.ingest import STEPS, Plan, Trials, peers_of, summary
from gongdi.config.load import Config, ConfigError
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import VALUE_COLUMNS, MinuteRow
from gongdi.ingest.store import Batch, Store
from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.reports import Report, dust_report
from gongdi.protocols.hj212.segments import parse_segment

START = datetime(2026, 3, 1, 8, 0)  # noqa: DTZ001
Dsn = Callable[[str], str]


def read(frame: bytes) -> Report:
    outcome = judge_line(frame)
    assert isinstance(outcome, Frame)
    report = dust_report(parse_segment(outcome.segment), DeviceSettings(pm_unit="ug"))
    assert isinstance(report, Report)
    return report


@pytest.mark.parametrize("index", [0, 1, 9_999])
@pytest.mark.parametrize("minute", [0, 1, 1439, 100_000])
def test_a_bench_frame_is_a_sound_packet_of_nine_factors(index: int, minute: int) -> None:
    frame = frames.minute_frame(index, START, minute)
    report = read(frame)
    assert report.ts == datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minute)
    assert (report.device_no, report.password, report.ack_wanted) == (
        frames.device_no(index),
        frames.PASSWORD,
        True,
    )
    assert report.marks == 0x111111111
    assert None not in report.values
    assert 500 <= len(frame) <= 800


def test_bench_frames_differ_by_device_and_minute_and_never_by_run() -> None:
    made = {frames.minute_frame(index, START, minute) for index in range(20) for minute in range(20)}
    assert len(made) == 400
    assert list(frames.frames_of(3, START, 5)) == [frames.minute_frame(3, START, n) for n in range(5)]
    assert len({frames.device_no(index) for index in range(10_000)}) == 10_000
    assert {len(frames.device_no(index)) for index in (0, 9_999)} == {24}


# ------------------------------------------------------------ durability


@pytest.fixture
def owner_settings(database: Config, dsn: Dsn) -> Iterator[Callable[[str, str], None]]:
    """Return the function that sets a session default of the owner, undone after the test."""
    role = f'ALTER ROLE gongdi_owner IN DATABASE "{database.connection("owner")["dbname"]}"'
    with psycopg.connect(dsn("super"), autocommit=True) as connection:

        def change(name: str, value: str) -> None:
            connection.execute(f"{role} SET {name} = '{value}'".encode())

        yield change
        connection.execute(f"{role} RESET ALL".encode())


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_no_figure_without_durability(
    database: Config, owner_settings: Callable[[str, str], None], value: str
) -> None:
    stage.refuse_unsafe(database)
    owner_settings("synchronous_commit", value)
    with pytest.raises(ConfigError, match="synchronous_commit"):
        stage.refuse_unsafe(database)


@pytest.mark.parametrize("name", stage.DURABLE)
def test_every_durability_setting_is_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Answers:
        def __enter__(self) -> "Answers":
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is open."""

        def execute(self, _statement: str, values: tuple[str]) -> "Answers":
            self.value = "off" if values[0] == name else "on"
            return self

        def fetchone(self) -> tuple[str]:
            return (self.value,)

    class Somewhere:
        def dsn(self, _role: str) -> str:
            return ""

    monkeypatch.setattr("gongdi.cli.bench.stage.psycopg.connect", lambda _dsn: Answers())
    with pytest.raises(ConfigError, match=name):
        stage.refuse_unsafe(Somewhere())  # type: ignore[arg-type]


# ------------------------------------------------------------ raw copy


def test_raw_copy_writes_the_rows_and_bytes_that_the_product_stored(
    database: Config, dsn: Dsn, clean_tables: None
) -> None:
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10)
    values = tuple(float(n) for n in range(len(VALUE_COLUMNS)))
    rows = [
        MinuteRow(
            begin + timedelta(minutes=n),
            begin + timedelta(minutes=11),
            1,
            device,
            1,
            0,
            values,
            None,
            b"raw%d" % n,
        )
        for n in range(10)
        for device in (1, 2)
    ]
    store = Store(dsn("gateway"), 1, WriterPolicy())
    store.connect()
    store.commit(Batch(minutes=rows), 0, final=True)
    store.close()
    rawcopy.prepare(database)
    try:
        held = stage.Stage(database, 1)
        found = list(rawcopy.measure(held, begin, begin + timedelta(minutes=10), lambda: []))
        assert [(name, n) for name, _, n in found] == [("raw_copy", 20), ("raw_copy_blocks", 20)]
        with psycopg.connect(dsn("owner")) as owner:
            columns = rawcopy.columns()
            query = f"(SELECT {columns} FROM %s EXCEPT SELECT {columns} FROM %s)"
            for pair in (("obs_minute", "copy_minute"), ("copy_minute", "obs_minute")):
                assert owner.execute((query % pair).encode()).fetchall() == []
            row = owner.execute("SELECT count(*), count(DISTINCT frame) FROM copy_frame").fetchone()
            assert row == (20, 10)
    finally:
        with psycopg.connect(dsn("owner")) as owner:
            owner.execute("DROP TABLE copy_minute, loop_minute, copy_block, copy_frame")


def test_plain_frames_survive_any_byte(dsn: Dsn) -> None:
    raw = bytes(range(256))
    with psycopg.connect(dsn("owner")) as owner:
        owner.execute("CREATE TEMP TABLE copy_frame (device_id integer, recv_at timestamptz, frame bytea)")
        rawcopy.load(owner, "copy_frame", "*", rawcopy.plain([(7, datetime(2026, 1, 1, tzinfo=UTC), raw)]))
        row = owner.execute("SELECT device_id, frame FROM copy_frame").fetchone()
    assert row == (7, raw)


# ------------------------------------------------------------ arithmetic


def trials(*parts: tuple[float, float], acked: int = 1000, wall: float = 0.5) -> Trials:
    """One variant: (seconds of the process, seconds of its store) of each round."""
    held = Trials()
    for number, (own, store) in enumerate(parts):
        load = {
            "acked": acked,
            "wall_s": wall,
            "load_cpu_s": 0.02,
            "ack_p50_ms": 10.0 + number,
            "ack_p99_ms": 100.0 + number,
        }
        held.note(load, own, store)
    return held


PLAN = Plan(50, 20, 3, START)


def measured(**more: Trials) -> dict[str, Trials]:
    return {
        "product": trials((0.030, 0.050), (0.040, 0.060), (0.090, 0.200)),
        "loop": trials((0.020, 0.040), (0.020, 0.030), (0.050, 0.050)),
        "raw_copy": trials((0.0, 0.040), (0.0, 0.030), (0.0, 0.050)),
        "raw_copy_blocks": trials((0.0, 0.050), (0.0, 0.050), (0.0, 0.050)),
        **more,
    }


def test_figures_are_medians_per_message_and_ratios_of_medians() -> None:
    found = summary(PLAN, measured(), 3000)
    assert (found["gateway_us"], found["postgres_us"], found["raw_copy_us"]) == (40.0, 60.0, 40.0)
    assert found["postgres_vs_raw_copy"] == 1.5
    assert (found["loop_us"], found["total_vs_loop"]) == (60.0, round(100 / 60, 2))
    assert found["messages_per_s"] == 2000
    assert (found["ack_p50_ms"], found["ack_p99_ms"], found["load_us"]) == (11.0, 101.0, 20.0)


@pytest.mark.parametrize(("stored", "lost"), [(3000, 0), (2999, 1), (0, 3000), (3001, 0)])
def test_lost_is_what_was_acknowledged_and_is_not_there(stored: int, lost: int) -> None:
    found = summary(PLAN, measured(), stored)
    assert (found["acked"], found["stored"], found["lost"]) == (3000, stored, lost)


def test_rows_of_a_peer_that_writes_the_same_tables_count_too() -> None:
    found = summary(PLAN, measured(bitwise_crc=trials((0.1, 0.1))), 4000)
    assert (found["acked"], found["lost"]) == (4000, 0)


def test_every_key_of_the_contract_is_there() -> None:
    contract = (
        "messages_per_s, gateway_us, postgres_us, raw_copy_us, postgres_vs_raw_copy, loop_us, total_vs_loop,"
        " ack_p50_ms, ack_p99_ms, acked, stored, lost"
    )
    assert set(contract.replace(" ", "").split(",")) <= summary(PLAN, measured(), 3000).keys()
    for step in ("raw_frames", "last_value", "coverage_delta", "conflict_check", "notify", "limits", "ack"):
        assert step in STEPS


def test_a_missing_peer_is_named_and_never_guessed() -> None:
    found = peers_of(measured(bitwise_crc=trials((0.100, 0.100))), ["influxdb", "node-red"])
    assert found["bitwise_crc"] == {"cpu_us": 200.0, "ratio": 2.0, "acked": 1000}
    assert all(isinstance(found[name], str) for name in ("influxdb", "node-red"))


def test_rounds_never_overlap_so_every_row_is_new() -> None:
    spans = [(PLAN.begin(turn), PLAN.begin(turn) + timedelta(minutes=PLAN.minutes)) for turn in range(15)]
    assert all(ends <= begins for (_, ends), (begins, _) in pairwise(spans))


# ------------------------------------------------------------ the command


def test_the_last_line_is_one_object_with_its_surroundings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = Path(parse.CORPUS).read_bytes().split(b"\n", 40)
    monkeypatch.setattr(parse, "CORPUS", _file(b"\n".join(corpus[:40]) + b"\n"))
    assert main.run(["parse", "--rounds", "1"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["bench"], found["frames"], found["fsync"]) == ("parse", 40, True)
    assert found["settings_changed"] == []
    assert found["frames_per_s_per_core"] > 0
    assert {"steps", "load_average", "cores", "commit"} <= found.keys()


def _file(data: bytes) -> Any:
    class Held:
        def exists(self) -> bool:
            return True

        def read_bytes(self) -> bytes:
            return data

    return Held()


def test_outside_a_source_tree_the_parse_bench_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parse, "CORPUS", tmp_path / "none")
    with pytest.raises(ConfigError, match="源码目录"):
        parse.run([])


def test_surroundings_tell_the_machine() -> None:
    found = surroundings.surroundings()
    assert len(found["load_average"]) == 3
    assert found["cores"] >= 1


def test_processor_time_is_that_of_the_whole_family() -> None:
    before = processes.cpu_seconds([os.getpid()])
    subprocess.run(["sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"], check=True)
    assert processes.cpu_seconds([os.getpid()]) > before
    assert processes.cpu_seconds([2**22 + 1]) == 0
    with subprocess.Popen(["sh", "-c", "sleep 30 & wait"], start_new_session=True) as shell:
        try:
            deadline = 200
            while len(processes.descendants(shell.pid)) < 2 and (deadline := deadline - 1):
                time.sleep(0.01)
            assert len(processes.descendants(shell.pid)) == 2
        finally:
            os.killpg(shell.pid, 9)

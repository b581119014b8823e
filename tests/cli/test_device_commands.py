"""gongdi device：单台与 CSV 登记全成或全不成，show 的键和计数按约定，错误是一句中文、退出码 2。"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gongdi.cli.main import main
from gongdi.equipment.models import Device
from gongdi.ingest import late
from gongdi.ingest.notes import Heard, Refused
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import VALUE_COLUMNS, MinuteRow, ReportedRow
from gongdi.ingest.store import Batch, Store
from tests.builders import make_project

pytestmark = pytest.mark.django_db(transaction=True)
Dsn = Callable[[str], str]
AT = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
VALUES = tuple(float(n) for n in range(len(VALUE_COLUMNS)))
HEADER = "mn,password,project,profile"


@pytest.fixture(autouse=True)
def _session_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", str(data))


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `gongdi device …`."""
    code = main(["device", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one Chinese sentence of a refusal, which must register nothing."""
    before = Device.objects.count()
    code, out, error = said(capsys, *words)
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert any("一" <= character <= "鿿" for character in error)
    assert Device.objects.count() == before
    return error


def table(folder: Path, *lines: str, encoding: str = "utf-8") -> str:
    """A CSV file."""
    path = folder / "devices.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return str(path)


def show(capsys: pytest.CaptureFixture[str], mn: str) -> dict[str, Any]:
    code, out, error = said(capsys, "show", mn, "--json")
    assert (code, error, out.count("\n")) == (0, "", 1)
    found: dict[str, Any] = json.loads(out)
    return found


def test_one_device_is_registered_at_its_project_by_number(capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project()
    words = ("add", "SX1", "--password", "pw", "--project", project.number, "--profile", "crc-modbus")
    assert said(capsys, *words) == (0, "已登记 1 台设备。\n", "")
    device = Device.objects.get(mn="SX1")
    assert (device.project_id, device.profile) == (project.id, "crc-modbus")


def test_without_a_project_a_device_waits_to_be_assigned(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "add", "SX1", "--password", "pw")[0] == 0
    assert Device.objects.get(mn="SX1").project.holding


def test_the_gateway_gets_the_settings_of_the_profile(capsys: pytest.CaptureFixture[str], dsn: Dsn) -> None:
    for mn, profile in (("SX1", "length-plus6"), ("SX2", "strict"), ("SX3", "")):
        assert said(capsys, "add", mn, "--password", "pw", "--profile", profile)[0] == 0
    with psycopg.connect(dsn("gateway")) as gateway:
        query = "SELECT profile->>'base', secret FROM gateway_device ORDER BY device_no"
        assert gateway.execute(query).fetchall() == [("length-plus6", "pw"), (None, "pw"), (None, "pw")]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("add",), "--password"),
        (("add", "SX1"), "--password"),
        (("add", "--password", "pw"), "设备编号"),
        (("add", "SX1", "--password", ""), "--password"),
        (("add", "SX1", "--password", "pw", "--project", "NONE1"), "NONE1"),
        (("add", "SX1", "--password", "pw", "--profile", "nope"), "nope"),
        (("add", "A" * 41, "--password", "pw"), "设备编号"),
        (("add", "编号", "--password", "pw"), "设备编号"),
        (("add", "A;B", "--password", "pw"), "设备编号"),
        (("show",), "--help"),
        (("show", "SX1", "--json"), "gongdi device add SX1"),
        (("frob",), "--help"),
        ((), "--help"),
        (("add", "--file", "/no/such.csv"), "/no/such.csv"),
        (("add", "--file", "/"), "CSV"),
    ],
)
def test_unusable_words_are_one_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], part: str
) -> None:
    assert part in refused(capsys, *words)


def test_a_known_number_is_refused_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "add", "SX1", "--password", "pw")[0] == 0
    assert "SX1" in refused(capsys, "add", "SX1", "--password", "other")


@pytest.mark.parametrize(
    "lines",
    [
        (HEADER, "SX1,a,,", "SX2,b,,crc-modbus"),
        ("mn,password", "SX1,a", "SX2,b"),
        ("mn,password,project", "SX1,a,", "SX2,b,"),
        ("profile,project,password,mn", ",,a,SX1", "crc-modbus,,b,SX2"),
        (HEADER, " SX1 , a ,,", "SX2,b"),
        (HEADER, "", "SX1,a,,", "", "SX2,b,,"),
        ("mn,password,project,profile,vendor,remark", "SX1,a,,,某厂,x", "SX2,b,,,,"),
        (HEADER, '"SX1","a","",""', '"SX2","b"'),
    ],
)
def test_a_table_registers_every_row(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lines: tuple[str, ...]
) -> None:
    assert said(capsys, "add", "--file", table(tmp_path, *lines)) == (0, "已登记 2 台设备。\n", "")
    assert sorted(Device.objects.values_list("mn", flat=True)) == ["SX1", "SX2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_saved_by_a_spreadsheet_may_begin_with_a_mark(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, encoding: str
) -> None:
    path = table(tmp_path, HEADER + "\r", "SX1,a,,\r", encoding=encoding)
    assert said(capsys, "add", "--file", path)[0] == 0


def test_projects_of_a_table_are_found_by_number(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first, second = make_project(), make_project()
    path = table(tmp_path, HEADER, f"SX1,a,{first.number},", f"SX2,b,{second.number},", "SX3,c,,")
    assert said(capsys, "add", "--file", path)[0] == 0
    found = dict(Device.objects.values_list("mn", "project_id"))
    assert (found["SX1"], found["SX2"]) == (first.id, second.id)
    assert Device.objects.get(mn="SX3").project.holding


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (("SX1,a,,",), "表头"),
        (("",), "表头"),
        (("number,secret", "SX1,a"), "表头"),
        ((HEADER, "SX1,a,,", ",b,,"), "第 3 行"),
        ((HEADER, "SX1,,,"), "第 2 行"),
        ((HEADER, "", "", "SX1,,,"), "第 4 行"),
        ((HEADER, "SX1,a,,", "SX1,b,,"), "SX1"),
        ((HEADER, "SX1,a,,", "SX2,b,NONE1,"), "NONE1"),
        ((HEADER, "SX1,a,,", "SX2,b,,nope"), "nope"),
        ((HEADER, "SX1,a,,", "S X,b,,"), "S X"),
        ((HEADER, "SX1,a\x00b,,"), ""),
    ],
)
def test_a_table_with_one_bad_row_registers_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lines: tuple[str, ...], part: str
) -> None:
    assert part in refused(capsys, "add", "--file", table(tmp_path, *lines))


def test_a_table_in_another_encoding_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = table(tmp_path, HEADER + ",备注", "SX1,a,,,太原", encoding="gb18030")
    assert "UTF-8" in refused(capsys, "add", "--file", path)


def test_an_empty_table_registers_nothing_and_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert said(capsys, "add", "--file", table(tmp_path, HEADER)) == (0, "已登记 0 台设备。\n", "")


# ------------------------------------------------------------ show


@pytest.fixture
def device_id(capsys: pytest.CaptureFixture[str], dsn: Dsn) -> int:
    """Register a device by the command; its number at the gateway."""
    assert said(capsys, "add", "SX1", "--password", "pw")[0] == 0
    with psycopg.connect(dsn("app")) as app:
        row = app.execute("SELECT id FROM gateway_device WHERE device_no = 'SX1'").fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def writer(dsn: Dsn) -> Iterator[Store]:
    store = Store(dsn("gateway"), 1, WriterPolicy())
    store.connect()
    yield store
    store.close()


def row_of(device: int, minute: int, value: float = 80.0, received: datetime | None = None) -> MinuteRow:
    ts = AT + timedelta(minutes=minute)
    values = (value, *VALUES[1:])
    return MinuteRow(
        ts, received or ts + timedelta(seconds=62), 0x111111111, device, 1, 0, values, None, b"raw", "p:1"
    )


def test_a_device_never_heard_shows_every_key(capsys: pytest.CaptureFixture[str], device_id: int) -> None:
    assert show(capsys, "SX1") == {
        "acked": 0,
        "stored": 0,
        "quarantined": {},
        "conflicts": 0,
        "last_data_time": None,
        "clock_skew_s": None,
    }


def test_counts_are_exact_after_repeats_conflicts_and_reported_hours(
    capsys: pytest.CaptureFixture[str], device_id: int, writer: Store
) -> None:
    rows = [row_of(device_id, minute) for minute in range(3)]
    hour = ReportedRow(AT, AT, device_id, 2061, {"values": [1.0]}, b"h", "p:1")
    writer.commit(Batch(minutes=rows), 0, final=True)
    writer.commit(Batch(minutes=[rows[0], row_of(device_id, 1, 81.0)], reported=[hour, hour]), 1, final=True)
    found = show(capsys, "SX1")
    assert (found["stored"], found["conflicts"]) == (4, 1)
    assert found["acked"] == 4 + 1 + 2
    assert found["last_data_time"] == "2026-11-24T10:07:00+08:00"


def test_a_day_that_is_just_being_archived_is_not_counted_twice(
    capsys: pytest.CaptureFixture[str], device_id: int, writer: Store, dsn: Dsn
) -> None:
    """Between building a block and dropping the partition both hold the day."""
    writer.commit(Batch(minutes=[row_of(device_id, minute) for minute in range(3)]), 0, final=True)
    with psycopg.connect(dsn("app"), autocommit=True) as app:
        late.write_block(
            app,
            device_id,
            late.number_of(date(2026, 11, 24)),
            late.hot_rows(app, [device_id], late.number_of(date(2026, 11, 24)))[device_id],
        )
    found = show(capsys, "SX1")
    assert (found["stored"], found["acked"]) == (3, 3)


def test_last_data_time_is_beijing_time_of_the_newest_minute_not_of_the_last_arrival(
    capsys: pytest.CaptureFixture[str], device_id: int, writer: Store
) -> None:
    writer.commit(Batch(minutes=[row_of(device_id, 30)]), 0, final=True)
    late = row_of(device_id, 5, received=AT + timedelta(hours=3))
    writer.commit(Batch(minutes=[late]), 1, final=True)
    assert show(capsys, "SX1")["last_data_time"] == "2026-11-24T10:35:00+08:00"


@pytest.mark.parametrize(
    ("skews", "shown"), [([2.54], 2.5), ([-30.0, 10.0, 1000.0], 10.0), ([43_200.0], 43_200.0)]
)
def test_skew_is_the_median_in_tenths(
    capsys: pytest.CaptureFixture[str], device_id: int, writer: Store, skews: list[float], shown: float
) -> None:
    heard = [Heard(device_id, AT, "p:1", 2011, b"rt", {"pm10": 1.0}, skew) for skew in skews]
    writer.commit(Batch(heard=heard), 0, final=True)
    assert show(capsys, "SX1")["clock_skew_s"] == shown


def test_quarantine_is_counted_by_reason_over_all_days(
    capsys: pytest.CaptureFixture[str], device_id: int, writer: Store
) -> None:
    reasons = ["wrong_crc"] * 3 + ["time"] + ["wrong_password"] * 2
    first = [Refused(AT, "p:1", reason, b"x", "SX1", device_id) for reason in reasons]
    second = [Refused(AT + timedelta(days=2), "p:1", "time", b"x", "SX1", device_id)]
    other = [Refused(AT, "p:1", "time", b"x", "SX2")]
    writer.commit(Batch(refused=first + second + other), 0, final=True)
    assert show(capsys, "SX1")["quarantined"] == {"time": 2, "wrong_crc": 3, "wrong_password": 2}


def test_without_json_one_line_a_key(capsys: pytest.CaptureFixture[str], device_id: int) -> None:
    code, out, _ = said(capsys, "show", "SX1")
    assert code == 0
    assert [line.partition("\t")[0] for line in out.splitlines()] == [
        "acked",
        "stored",
        "quarantined",
        "conflicts",
        "last_data_time",
        "clock_skew_s",
    ]


def test_show_never_prints_the_password(capsys: pytest.CaptureFixture[str], device_id: int) -> None:
    for words in (("show", "SX1"), ("show", "SX1", "--json")):
        assert "pw" not in said(capsys, *words)[1]

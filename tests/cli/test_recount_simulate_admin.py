"""recount 指名设备和分钟、有差异退出 1；simulate 只交接、地址写错不启动；首个账号只建一次。"""

import json
import os
import stat
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gongdi.cli.main import main
from gongdi.cli.recount import month_bounds
from gongdi.kernel.errors import UnusableInput
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import Store, at, minutes
from tests.telemetry.conftest import store  # noqa: F401 - the fixture


@pytest.fixture(autouse=True)
def _session_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", str(data))


# ------------------------------------------------------------ recount


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        (None, (None, None)),
        ("2026-05", (date(2026, 5, 1), date(2026, 5, 31))),
        ("2026-02", (date(2026, 2, 1), date(2026, 2, 28))),
        ("2028-02", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-12", (date(2026, 12, 1), date(2026, 12, 31))),
        ("9999-12", (date(9999, 12, 1), date(9999, 12, 31))),
    ],
)
def test_a_month_is_its_first_to_its_last_day(
    text: str | None, bounds: tuple[date | None, date | None]
) -> None:
    assert month_bounds(text) == bounds


@pytest.mark.parametrize("text", ["", "2026", "2026-00", "2026-13", "2026-5", "05-2026", "2026-05-01", "x"])
def test_what_is_no_month_is_refused_in_chinese(text: str) -> None:
    with pytest.raises(UnusableInput, match="YYYY-MM"):
        month_bounds(text)


@pytest.fixture
def two_months(store: Store) -> Store:  # noqa: F811
    """A device with half an hour in May and in June, folded."""
    device = store.device("MN01")
    for start in ("2026-05-20 08:00", "2026-06-03 08:00"):
        store.flush(device, minutes(at(start), 30))
    fold(Terms(), at("2026-06-04 10:00"))
    return store


def recount(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(["recount", *words])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out.splitlines()


def test_agreement_is_zero_and_says_how_much_was_looked_at(
    two_months: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    days = two_months.run("SELECT count(DISTINCT day) FROM coverage_day")[0][0]
    assert recount(capsys) == (0, [f"复核 {days} 天，差异 0 处"])


def test_every_difference_is_one_line_with_device_and_minute(
    two_months: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    two_months.run("UPDATE coverage_day SET received = set_bit(received, 600, 1) WHERE day = '2026-05-20'")
    two_months.run("DELETE FROM obs_minute WHERE ts = '2026-06-03 08:10+08'")
    code, lines = recount(capsys)
    assert code == 1
    assert lines[0] == "2026-05-20 10:00 设备 MN01 位图记为到达，原始数据没有"
    assert lines[1].startswith("2026-06-03 08:10 设备 MN01 ")
    assert lines[-1].endswith(f"差异 {len(lines) - 1} 处")


@pytest.mark.parametrize(("month", "code"), [("2026-05", 1), ("2026-06", 0), ("2026-04", 0)])
def test_a_month_alone_is_looked_at_alone(
    two_months: Store, capsys: pytest.CaptureFixture[str], month: str, code: int
) -> None:
    two_months.run("UPDATE coverage_day SET received = set_bit(received, 600, 1) WHERE day = '2026-05-20'")
    assert recount(capsys, "--month", month)[0] == code


def test_a_recount_changes_nothing(two_months: Store, capsys: pytest.CaptureFixture[str]) -> None:
    two_months.run("UPDATE coverage_day SET received = set_bit(received, 600, 1) WHERE day = '2026-05-20'")
    queries = (
        "SELECT md5(string_agg(c::text, '')) FROM coverage_day c",
        "SELECT count(*) FROM coverage_delta",
    )
    before = [two_months.run(query) for query in queries]
    recount(capsys)
    assert [two_months.run(query) for query in queries] == before


def test_nothing_stored_is_no_difference(two_months: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert recount(capsys, "--month", "2019-01") == (0, ["复核 0 天，差异 0 处"])


# ------------------------------------------------------------ simulate


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Command lines that would replace this process."""
    seen: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _program, words: seen.append(list(words)))
    return seen


def test_the_simulator_is_its_own_process_with_its_own_codec(
    tmp_path: Path, handed_over: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = tmp_path / "demo-devices.json"
    devices.write_text("[]")
    monkeypatch.setenv("DATA", str(tmp_path))
    monkeypatch.setenv("GONGDI_HJ212_PORT", "19002")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    main(["simulate"])
    main(["simulate", "--to", "[::1]:9002", "--file", str(devices)])
    head = [sys.executable, "-m", "tools.simulators.dust", str(devices)]
    assert handed_over == [[*head, "127.0.0.1", "19002"], [*head, "[::1]", "9002"]]
    root, *rest = os.environ["PYTHONPATH"].split(os.pathsep)
    assert (Path(root) / "tools" / "simulators" / "dust.py").is_file()
    assert "/elsewhere" in rest


@pytest.mark.parametrize("to", ["nowhere", ":9002", "host:", "host:0", "host:65536", "host:x", "host:９"])
def test_a_wrong_address_starts_nothing(
    tmp_path: Path, handed_over: list[list[str]], capsys: pytest.CaptureFixture[str], to: str
) -> None:
    devices = tmp_path / "d.json"
    devices.write_text("[]")
    assert main(["simulate", "--file", str(devices), "--to", to]) == 2
    assert handed_over == []
    assert to in capsys.readouterr().err


# ------------------------------------------------------------ the first account


@pytest.mark.django_db(transaction=True)
def test_the_first_account_is_made_once_and_its_password_is_private(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = data / "first-account.json"
    kept.unlink(missing_ok=True)
    try:
        assert main(["admin"]) == 0
        accounts: list[dict[str, Any]] = json.loads(kept.read_text("utf-8"))
        assert [set(account) for account in accounts] == [{"role", "user", "password"}]
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert accounts[0]["password"] not in capsys.readouterr().out
        before = kept.read_text("utf-8")
        assert main(["admin"]) == 0
        assert "已有账号" in capsys.readouterr().out
        assert kept.read_text("utf-8") == before
    finally:
        kept.unlink(missing_ok=True)

"""体检：每项一行，有一项不过就退出 1，并给出解决办法。"""

import socket
from pathlib import Path

import pytest

from gongdi.cli import doctor
from gongdi.cli.main import main
from gongdi.config.load import load
from gongdi.config.secrets import ensure_secrets


@pytest.fixture(autouse=True)
def _free_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", str(tmp_path))
    for variable in ("PORT", "GONGDI_HJ212_PORT"):
        with socket.create_server(("127.0.0.1", 0)) as server:
            monkeypatch.setenv(variable, str(server.getsockname()[1]))


def test_a_good_machine_gets_one_line_per_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(doctor.CHECKS)
    assert all(line.startswith("正常") for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_fails_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        number = server.getsockname()[1]
        monkeypatch.setenv("PORT", str(number))
        assert main(["doctor"]) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("不过")]
    assert str(number) in line
    assert "PORT" in line
    assert "解决" in line


def test_readable_secrets_fail(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    assert doctor.check_secrets(load({}, tmp_path)).passed
    (tmp_path / "secrets.json").chmod(0o644)
    finding = doctor.check_secrets(load({}, tmp_path))
    assert not finding.passed
    assert "chmod 600" in finding.remedy


def test_a_clock_before_its_own_data_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_secrets(tmp_path)
    written = (tmp_path / "secrets.json").stat().st_mtime
    monkeypatch.setattr("time.time", lambda: written - 2 * 86_400)
    finding = doctor.check_clock(load({}, tmp_path))
    assert not finding.passed
    assert finding.remedy


def test_a_full_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_BYTES", 10**18)
    assert not doctor.check_disk(load({}, tmp_path)).passed


def test_without_a_cluster_the_coming_settings_are_shown(tmp_path: Path) -> None:
    finding = doctor.check_database(load({}, tmp_path))
    assert finding.passed
    assert "fsync=on" in finding.seen

"""体检逐项：每种毛病都被认出并写明怎么办，正在运行的系统不算毛病，体检自己什么也不写。"""

import json
import os
import socket
from pathlib import Path

import pytest

from gongdi.cli import doctor
from gongdi.cli.launcher import instance
from gongdi.cli.main import main
from gongdi.config.load import Config, ConfigError, load
from gongdi.config.secrets import ensure_secrets


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A data directory with two ports that are free."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    web, dust = (str(server.getsockname()[1]) for server in held)
    for server in held:
        server.close()
    return load({"PORT": web, "GONGDI_HJ212_PORT": dust, "DEMO": "1"}, tmp_path)


def test_ports_of_the_running_system_are_no_fault(config: Config) -> None:
    with socket.create_server(("127.0.0.1", config.port)):
        assert not doctor.check_ports(config).passed
        held = instance.lock(config.data)
        finding = doctor.check_ports(config)
        held.close()
    assert finding.passed
    assert str(config.port) in finding.seen
    assert str(config.hj212_port) in finding.seen


def test_two_equal_ports_are_a_fault_with_both_variables(tmp_path: Path) -> None:
    finding = doctor.check_ports(load({"PORT": "9002", "DEMO": "1"}, tmp_path))
    assert not finding.passed
    assert "PORT" in finding.seen
    assert "GONGDI_HJ212_PORT" in finding.seen
    assert finding.remedy


@pytest.mark.parametrize(
    ("now", "passed"), [(0.0, False), (doctor.EARLIEST - 1, False), (doctor.EARLIEST + 1, True), (4e9, True)]
)
def test_a_clock_before_this_system_is_a_fault(
    config: Config, monkeypatch: pytest.MonkeyPatch, now: float, passed: bool
) -> None:
    monkeypatch.setattr("time.time", lambda: now)
    finding = doctor.check_clock(config)
    assert finding.passed is passed
    assert bool(finding.remedy) is not passed


@pytest.mark.parametrize("back", [0.5, 1.5])
def test_a_clock_that_went_back_is_a_fault_beyond_a_day(
    config: Config, monkeypatch: pytest.MonkeyPatch, back: float
) -> None:
    path = config.data / "runtime.json"
    path.write_text("{}")
    os.utime(path, (4e9, 4e9))
    monkeypatch.setattr("time.time", lambda: 4e9 - back * 86_400)
    assert doctor.check_clock(config).passed is (back < 1)


def test_a_clock_without_a_time_server_is_a_hint(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    for unsynchronised in (True, False):
        monkeypatch.setattr(doctor, "_unsynchronised", lambda found=unsynchronised: found)
        finding = doctor.check_clock(config)
        assert finding.passed
        assert ("NTP" in finding.seen) is unsynchronised


def test_the_disk_is_that_of_the_data_directory_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def usage(folder: Path) -> object:
        asked.append(folder)
        return type("Usage", (), {"free": 3e9, "total": 9e9})

    monkeypatch.setattr("shutil.disk_usage", usage)
    finding = doctor.check_disk(load({}, tmp_path / "not" / "yet" / "made"))
    assert (finding.passed, asked) == (True, [tmp_path])
    assert "3.0 GB" in finding.seen


@pytest.mark.parametrize("name", ["secrets.json", "demo-accounts.json", "first-account.json"])
@pytest.mark.parametrize(
    ("mode", "passed"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False), (0o644, False)]
)
def test_private_files_are_private(config: Config, name: str, mode: int, passed: bool) -> None:
    ensure_secrets(config.data)
    if name != "secrets.json":
        (config.data / name).write_text("[]")
    (config.data / name).chmod(mode)
    finding = doctor.check_secrets(config)
    assert finding.passed is passed
    assert (f"chmod 600 {config.data / name}" in finding.remedy) is not passed


def test_a_missing_secret_is_named(config: Config) -> None:
    ensure_secrets(config.data)
    kept = json.loads((config.data / "secrets.json").read_text())
    del kept["db_gateway"]
    (config.data / "secrets.json").write_text(json.dumps(kept))
    with pytest.raises(ConfigError, match="db_gateway"):
        doctor.check_secrets(config)


def test_a_given_database_is_looked_at_when_it_starts(tmp_path: Path) -> None:
    finding = doctor.check_database(load({"DATABASE_URL": "postgresql://h/d"}, tmp_path))
    assert finding.passed
    assert all(name in finding.seen for name in ("DATABASE_URL", "fsync"))


def boom(_config: Config) -> doctor.Finding:
    raise ConfigError("坏了，请修好。")


def denied(_config: Config) -> doctor.Finding:
    raise PermissionError(13, "Permission denied", "/data/secrets.json")


@pytest.mark.parametrize(("check", "part"), [(boom, "坏了，请修好。"), (denied, "/data/secrets.json")])
def test_a_check_that_cannot_look_fails_alone(
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    check: object,
    part: str,
) -> None:
    monkeypatch.setenv("DATA", str(config.data))
    good = doctor.Finding(True, "看过了")
    monkeypatch.setattr(doctor, "CHECKS", (("甲", check), ("乙", lambda _config: good)))
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("不过  甲：")
    assert part in lines[0]
    assert lines[1] == "正常  乙：看过了"


def test_a_failure_is_followed_by_its_remedy(
    config: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA", str(config.data))
    monkeypatch.setattr(doctor, "CHECKS", (("甲", lambda _config: doctor.Finding(False, "满了", "清理")),))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out == "不过  甲：满了；解决：清理\n"


def test_the_checks_are_those_of_the_contract() -> None:
    assert [name for name, _ in doctor.CHECKS] == ["Python", "端口", "时钟", "磁盘", "字体", "数据库", "密钥"]

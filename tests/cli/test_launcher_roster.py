"""名册：每个进程的命令行说出角色，账号行有出处，演示不碰正式数据，日志有上限。"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongdi.cli.launcher import roster
from gongdi.cli.launcher.children import Spawn
from gongdi.cli.launcher.supervisor import Child
from gongdi.config.load import Config, ConfigError, load


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A demo system that has not been started."""
    ports = {"PORT": str(free_port()), "GONGDI_HJ212_PORT": "19002"}
    return load({**ports, "DEMO": "1", "PATH": os.environ["PATH"], "OTHER": "kept"}, tmp_path)


@pytest.fixture
def launched(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[list[str], Spawn]]]:
    """What would be started for every child."""
    seen: list[tuple[list[str], Spawn]] = []
    monkeypatch.setattr(roster, "start", lambda command, how: seen.append((list(command), how)))
    (config.data / "log").mkdir()
    held: list[Child] = roster.children(config)
    for child in held:
        child.start()
    yield seen
    for fd in {fd for _, how in seen for fd in how.pass_fds}:
        os.close(fd)


def test_command_lines_tell_the_role(launched: list[tuple[list[str], Spawn]]) -> None:
    roles = []
    for command, _ in launched:
        place = next(n for n, word in enumerate(command) if Path(word).name in ("gongdi", "gongdi.cli.main"))
        roles.append(" ".join(word for word in command[place + 1 :] if word.isalpha()))
    assert sorted(roles) == ["gateway dust", "simulate", "web", "web", "worker"]


def test_web_processes_share_one_bound_socket(launched: list[tuple[list[str], Spawn]]) -> None:
    web = [(command, how) for command, how in launched if "web" in command]
    fds = {how.pass_fds for _, how in web}
    assert len(fds) == 1
    ((fd,),) = fds
    assert all(command[-2:] == ["--fd", str(fd)] for command, _ in web)
    assert all(not how.pass_fds for command, how in launched if "web" not in command)


def test_every_process_finds_the_same_system(config: Config, launched: list[tuple[list[str], Spawn]]) -> None:
    for _, how in launched:
        environ = dict(how.environ or {})
        assert environ["DATA"] == str(config.data)
        assert (environ["PORT"], environ["GONGDI_HJ212_PORT"]) == (str(config.port), "19002")
        assert (environ["DEMO"], environ["GONGDI_HOST"], environ["OTHER"]) == ("1", "127.0.0.1", "kept")


def test_every_role_has_a_log_of_its_own(config: Config, launched: list[tuple[list[str], Spawn]]) -> None:
    names = {path.name for path in (config.data / "log").iterdir()}
    assert names == {"web.log", "gateway-dust.log", "worker.log", "simulate.log"}


def test_a_real_system_has_no_simulated_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongdi.cli.launcher.ports.bind", lambda _host, _port: socket.socket())
    children = roster.children(load({"DEMO": "0"}, tmp_path))
    assert not any("simulate" in child.name for child in children)
    assert sum("web" in child.name for child in children) == roster.WEB_PROCESSES


ACCOUNT = [{"role": "province", "user": "admin", "password": "x"}]


def test_accounts_are_those_of_the_demo_else_the_first_one(config: Config) -> None:
    assert roster.accounts(config) == []
    (config.data / "first-account.json").write_text(json.dumps(ACCOUNT))
    assert roster.accounts(config) == ACCOUNT
    demo = [{**ACCOUNT[0], "user": "demo"}]
    (config.data / "demo-accounts.json").write_text(json.dumps(demo))
    assert roster.accounts(config) == demo


@pytest.mark.parametrize(
    ("loaded", "started", "refused"),
    [("0", "1", True), ("1", "0", False), ("1", "1", False), ("0", "0", False), (None, "1", False)],
)
def test_a_demo_never_starts_on_the_data_of_a_real_system(
    tmp_path: Path, loaded: str | None, started: str, refused: bool
) -> None:
    assert not roster.is_loaded(load({}, tmp_path))
    if loaded is not None:
        roster.mark_loaded(load({"DEMO": loaded}, tmp_path))
        assert roster.is_loaded(load({}, tmp_path))
    config = load({"DEMO": started}, tmp_path)
    if refused:
        with pytest.raises(ConfigError, match="正式系统"):
            roster.refuse_mixing(config)
    else:
        roster.refuse_mixing(config)


def test_a_long_log_is_cut_and_its_past_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "LOG_LIMIT", 100)
    long, short = tmp_path / "web.log", tmp_path / "worker.log"
    long.write_bytes(b"x" * 101)
    short.write_bytes(b"y" * 100)
    with long.open("ab") as writing:
        roster.trim_logs(tmp_path)
        writing.write(b"after\n")
    assert (long.read_bytes(), (tmp_path / "web.log.1").read_bytes()) == (b"after\n", b"x" * 101)
    assert short.stat().st_size == 100
    assert not (tmp_path / "worker.log.1").exists()


def test_a_step_shows_its_lines_and_a_failed_one_its_last(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    good = [sys.executable, "-c", "import os; print('第一行'); print(os.environ['DATA'])"]
    monkeypatch.setattr(roster, "_gongdi", lambda: good)
    roster.run_step(config, ["migrate"], "更新表结构", said.append)
    assert said == ["  第一行", f"  {config.data}"]
    bad = [sys.executable, "-c", "for n in range(9): print('行', n)\nraise SystemExit(3)"]
    monkeypatch.setattr(roster, "_gongdi", lambda: bad)
    with pytest.raises(ConfigError, match="更新表结构没有成功：行 6 行 7 行 8"):
        roster.run_step(config, [], "更新表结构", said.append)


def test_modules_of_later_versions_do_not_exist() -> None:
    assert roster.exists("gongdi.gateways.dust")
    assert not roster.exists("gongdi.gateways.nothing")
    assert not roster.exists("gongdi.nothing.at_all")

"""端口被占用时，一句中文说清端口和变量，退出码 2。"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongdi.cli.launcher import ports
from gongdi.cli.main import main
from gongdi.config.load import ConfigError, load


@pytest.fixture
def taken() -> Iterator[int]:
    """Yield a port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("variable", ["PORT", "GONGDI_HJ212_PORT"])
def test_a_taken_port_is_named_with_its_variable(taken: int, variable: str) -> None:
    with pytest.raises(ConfigError, match=rf"{taken}.*{variable}"):
        ports.check(load({"DEMO": "1", "PORT": "18999", variable: str(taken)}))


def test_two_ports_may_not_be_the_same() -> None:
    with pytest.raises(ConfigError, match="PORT 和 GONGDI_HJ212_PORT"):
        ports.check(load({"DEMO": "1", "PORT": "9002"}))


def test_up_refuses_before_it_starts_anything(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("DATA", str(tmp_path))
    monkeypatch.setenv("PORT", str(taken))
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    assert main(["up"]) == 2
    captured = capsys.readouterr()
    assert str(taken) in captured.err
    assert "PORT" in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "postgres").exists()

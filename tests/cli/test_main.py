"""命令的分派：错误是一句中文，不带 Django 的子命令启动很快。"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gongdi.cli.main import COMMANDS, main, take_data
from gongdi.config.load import ConfigError
from gongdi.config.secrets import ensure_secrets


def test_an_unknown_subcommand_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bogus"]) == 2
    error = capsys.readouterr().err
    assert "bogus" in error
    assert error.count("\n") == 1


def test_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


def test_a_missing_subcommand_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(COMMANDS, "evidence", COMMANDS["evidence"].__class__("gongdi.cli.nothing:run", ""))
    assert main(["evidence"]) == 2
    assert "尚未提供" in capsys.readouterr().err


def test_data_is_taken_from_anywhere_in_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "/before")
    assert take_data(["add", "--data", "/x/y", "MN"]) == ["add", "MN"]
    assert os.environ["DATA"] == "/x/y"
    assert take_data(["--data=/z"]) == []
    assert os.environ["DATA"] == "/z"
    with pytest.raises(ConfigError, match="--data"):
        take_data(["--data"])


@pytest.mark.parametrize("words", [["doctor"], ["rules", "/dev/null"]])
def test_light_subcommands_never_load_django(words: list[str], tmp_path: Path) -> None:
    code = (
        "import sys; from gongdi.cli.main import main; main(sys.argv[1:]);"
        "sys.exit(any(name == 'django' or name == 'psycopg' for name in sys.modules))"
    )
    environ = {**os.environ, "DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code, *words], env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_wrong_arguments_are_one_chinese_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--bogus"]) == 2
    error = capsys.readouterr().err
    assert "参数不对" in error
    assert error.count("\n") == 1


def test_a_system_that_is_not_running_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA", str(tmp_path))
    assert main(["device", "show", "SX1", "--json"]) == 2
    ensure_secrets(tmp_path)
    (tmp_path / "runtime.json").write_text('{"socket": "/nowhere", "pg_port": 5432}')
    assert main(["device", "show", "SX1", "--json"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("make run" in line for line in lines)

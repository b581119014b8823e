"""用法错了、系统没启动、输出写不出去：都是一句中文、退出码 2，绝不是回溯；管道断了不出声。"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gongdi.cli.arguments import Parser, count
from gongdi.cli.main import COMMANDS, main
from gongdi.config.load import ConfigError
from gongdi.config.secrets import ensure_secrets

GONGDI = [sys.executable, "-m", "gongdi.cli.main"]
CORPUS = Path(__file__).parents[1] / "data" / "hj212" / "bench_corpus.txt"
CASES = Path(__file__).parents[1] / "data" / "cases.jsonl"

# words -> what the sentence must name
WRONG = [
    (["nothing"], "nothing"),
    (["--data", "/x", "device"], "--help"),
    (["up", "extra"], "gongdi up"),
    (["up", "--port"], "gongdi up"),
    (["up", "--port", "80a"], "PORT"),
    (["up", "--data"], "--data"),
    (["up", "--data="], "--data"),
    (["doctor", "extra"], "doctor"),
    (["web", "--fd", "x"], "gongdi web"),
    (["gateway"], "gateway dust"),
    (["gateway", "video"], "gateway dust"),
    (["gateway", "dust", "more"], "gateway dust"),
    (["device"], "gongdi device"),
    (["device", "add", "M"], "--password"),
    (["recount", "extra"], "gongdi recount"),
    (["recount", "--month", "2026"], "2026"),
    (["recount", "--month", "2026-13"], "2026-13"),
    (["recount", "--month", "26-05"], "26-05"),
    (["recount", "--month", "2026-5"], "2026-5"),
    (["recount", "--month", "2026-05-01"], "2026-05-01"),
    (["recount", "--month", "二〇二六"], "二〇二六"),
    (["recount", "--month"], "gongdi recount"),
    (["demo"], "demo load"),
    (["demo", "unload"], "demo load"),
    (["demo", "load", "more"], "demo load"),
    (["bench"], "ingest"),
    (["bench", "nothing"], "ingest"),
    (["bench", "parse", "--rounds", "x"], "gongdi bench parse"),
    (["bench", "parse", "--rounds", "0"], "gongdi bench parse"),
    (["bench", "ingest", "--devices", "-1"], "gongdi bench ingest"),
    (["bench", "rate", "--what"], "gongdi bench rate"),
    (["bench", "storage", "--minutes", "1.5"], "gongdi bench storage"),
    (["clauses", "--chek"], "--check"),
    (["simulate", "--what"], "gongdi simulate"),
    (["rules"], "gongdi rules"),
    (["rules", "/no/such.jsonl"], "/no/such.jsonl"),
    (["hj212"], "decode"),
    (["hj212", "decode", "--profile", "nope", "-"], "nope"),
    (["hj212", "send", "/no/such", "--to", "127.0.0.1:9"], "/no/such"),
    (["hj212", "send", "-", "--to", "nowhere"], "nowhere"),
]


def chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


@pytest.mark.parametrize(
    ("words", "part"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_wrong_words(
    words: list[str],
    part: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATA", str(tmp_path))
    monkeypatch.setenv("PORT", "8000")
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert chinese(captured.err)
    assert part in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", [name for name in COMMANDS if name in ("gb28181", "camera", "evidence", "backup", "restore")]
)
def test_a_command_of_a_later_version_says_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if Path(COMMANDS[name].target.partition(":")[0].replace(".", "/") + ".py").exists():
        return
    assert main([name, "x"]) == 2
    assert f"gongdi {name}" in capsys.readouterr().err


NEED_A_SYSTEM = [
    ["device", "add", "M", "--password", "p"],
    ["device", "show", "M", "--json"],
    ["recount"],
    ["admin"],
    ["demo", "load"],
    ["migrate"],
    ["gateway", "dust"],
    ["worker"],
]


@pytest.mark.parametrize("words", NEED_A_SYSTEM, ids=lambda words: words[0])
@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "never started"])
def test_a_system_that_does_not_run(tmp_path: Path, words: list[str], stopped: bool) -> None:
    """Quickly, in one sentence, and without a line of a connection pool or of a driver."""
    if stopped:
        ensure_secrets(tmp_path)
        (tmp_path / "runtime.json").write_text(json.dumps({"socket": "/nowhere", "pg_port": 5432}))
    environ = {**os.environ, "DATA": str(tmp_path)}
    done = subprocess.run(
        [*GONGDI, *words], env=environ, capture_output=True, text=True, timeout=9, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "make run" in done.stderr
    assert "--data" in done.stderr


PRINTING = [
    ["--help"],
    ["doctor"],
    ["hj212", "decode", str(CORPUS)],
    ["hj212", "decode", "--lines", str(CORPUS)],
    ["rules", "CASES"],
]


@pytest.fixture
def cases(tmp_path: Path) -> str:
    """Enough cases to overflow a pipe."""
    path = tmp_path / "many.jsonl"
    path.write_text(CASES.read_text("utf-8") * 8, "utf-8")
    return str(path)


@pytest.mark.parametrize("words", PRINTING, ids=lambda words: words[0])
def test_a_reader_that_leaves_is_no_error(words: list[str], tmp_path: Path, cases: str) -> None:
    command = " ".join([*GONGDI, *words]).replace("CASES", cases)
    for reader in ("true", "head -c 10"):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command} | {reader} >/dev/null; exit ${{PIPESTATUS[0]}}"],
            env={**os.environ, "DATA": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        assert done.returncode in (0, 1)  # doctor may have found something


@pytest.mark.parametrize("words", PRINTING, ids=lambda words: words[0])
def test_a_full_disk_is_one_sentence(words: list[str], tmp_path: Path, cases: str) -> None:
    command = [*GONGDI, *(word.replace("CASES", cases) for word in words)]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command,
            env={**os.environ, "DATA": str(tmp_path)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "写不出去" in done.stderr


@pytest.mark.parametrize("words", [["hj212", "decode", "x"], ["rules", "x"], ["clauses", "--check"]])
def test_commands_without_a_system_take_no_data_directory(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--data", "/x"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_exception_is_never_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug must not look like a refusal."""

    def broken(_words: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("gongdi.cli.doctor.run", broken)
    with pytest.raises(ZeroDivisionError):
        main(["doctor"])


def test_an_interrupted_command_ends_as_shells_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_words: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("gongdi.cli.doctor.run", interrupted)
    assert main(["doctor"]) == 130


def test_help_goes_to_stdout_and_no_words_at_all_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    for words, code in ((["--help"], 0), (["-h"], 0), (["help"], 0), ([], 2)):
        assert main(words) == code
        captured = capsys.readouterr()
        assert "gongdi 子命令" in captured.out
        assert captured.err == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("20", 20), ("0", None), ("-1", None), ("x", None), ("１", None), ("1.5", None), ("", None)],
)
def test_a_count_is_a_whole_number_from_one_on(text: str, number: int | None) -> None:
    parser = Parser(prog="gongdi bench x")
    parser.add_argument("--n", type=count)
    if number is None:
        with pytest.raises(ConfigError, match="gongdi bench x --help"):
            parser.parse_args([f"--n={text}"])
    else:
        assert parser.parse_args([f"--n={text}"]).n == number


WHERE = [
    (["--data", "{a}"], {"DATA": "{b}"}, "{a}"),
    (["--data={a}"], {"DATA": "{b}"}, "{a}"),
    ([], {"DATA": "{b}"}, "{b}"),
    ([], {"DATA": ""}, "{cwd}/var"),
    ([], {}, "{cwd}/var"),
    (["--data", "below"], {}, "{cwd}/below"),
    (["--data", "{a}", "--data", "{b}"], {}, "{b}"),
]


@pytest.mark.parametrize(("words", "variables", "found"), WHERE)
def test_the_option_wins_over_the_variable_and_that_over_the_folder_var(
    tmp_path: Path, words: list[str], variables: dict[str, str], found: str
) -> None:
    places = {"a": str(tmp_path / "a"), "b": str(tmp_path / "b"), "cwd": str(tmp_path)}
    environ = {key: value for key, value in os.environ.items() if key not in ("DATA", "DATABASE_URL")}
    environ |= {key: value.format(**places) for key, value in variables.items()}
    done = subprocess.run(
        [*GONGDI, "device", "show", "M", *(word.format(**places) for word in words)],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert found.format(**places) + " " in done.stderr


def test_an_address_of_a_database_wins_over_the_embedded_one(tmp_path: Path) -> None:
    """The command asks the given server (here: none) although the data directory knows another."""
    ensure_secrets(tmp_path)
    (tmp_path / "runtime.json").write_text(json.dumps({"socket": "/nowhere", "pg_port": 5432}))
    environ = {**os.environ, "DATA": str(tmp_path), "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/site"}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os; from gongdi.config.load import load; print(load(os.environ).dsn('app'))",
        ],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "host='127.0.0.1' port='1' dbname='site' user='gongdi_app'" in done.stdout
    done = subprocess.run(
        [*GONGDI, "device", "show", "M"], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)

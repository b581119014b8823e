"""gongdi hj212 decode：每个报文一行JSON，退出码和错误说明按约定。"""

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gongdi.cli.hj212 import decode, run
from tests.protocols.hj212_samples import DATA, dust, frame, packets, raw

GOOD = frame(dust("DataTime=20260301080000;a34004-Rtd=20.1,a34004-Flag=N", cn=2011))


def objects(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert decode(argv) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def check_against_truth(found: list[dict[str, Any]]) -> None:
    assert len(found) == len(packets())
    for shown, packet in zip(found, packets(), strict=True):
        if packet["verdict"] == "valid":
            assert shown == {"verdict": "ok", "reason": None} | packet["truth"]
        else:
            assert shown["verdict"] == "quarantined"
            assert shown["reason"] in packet["verdict"].split("+")


def test_collected_packets_as_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    check_against_truth(objects(capsys, "--lines", str(DATA / "packets.jsonl")))


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("stripped", [True, False])
def test_collected_packets_as_raw_lines(
    capsys: pytest.CaptureFixture[str], stdin: Any, ending: bytes, stripped: bool
) -> None:
    lines = [raw(packet).strip() if stripped else raw(packet) for packet in packets()]
    stdin(ending.join(lines) + ending)
    check_against_truth(objects(capsys, "--lines"))


def test_stream_with_garbage(capsys: pytest.CaptureFixture[str], stdin: Any) -> None:
    stdin(b"\x00\xffgarbage" + GOOD + b"##0100cut" + GOOD[:-2] + GOOD)
    found = objects(capsys, "-")
    assert [shown["verdict"] for shown in found] == ["ok", "quarantined", "ok", "ok"]
    assert found[0] == {
        "verdict": "ok",
        "reason": None,
        "header": {
            "QN": "20260301080000123",
            "ST": "39",
            "CN": "2011",
            "PW": "123456",
            "MN": "SITE0001",
            "Flag": "5",
        },
        "factors": {"a34004": {"Rtd": "20.1", "Flag": "N"}},
        "cp_fields": [["DataTime", "20260301080000"]],
    }


def test_lines_that_look_like_json_but_are_not(capsys: pytest.CaptureFixture[str], stdin: Any) -> None:
    stdin(b'{"raw": 5}\n{"pm10": 1}\n[1]\n{broken\n' + GOOD)
    found = objects(capsys, "--lines")
    assert [shown["reason"] for shown in found] == ["not_hj212"] * 4 + [None]


def test_over_long_line_is_one_refusal(capsys: pytest.CaptureFixture[str], stdin: Any) -> None:
    stdin(b"##0100" + b"x" * 600_000 + b"\n" + GOOD)
    assert [shown["reason"] for shown in objects(capsys, "--lines")] == ["too_long", None]


def test_profile_and_explanation(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    packet = next(raw(packet) for packet in packets() if packet["crc_variant"] == "modbus")
    file = tmp_path / "one.bin"
    file.write_bytes(packet)
    assert objects(capsys, str(file), "--profile", "crc-modbus")[0]["verdict"] == "ok"
    explained = objects(capsys, str(file), "--explain")[0]
    assert explained["reason"] == "wrong_crc"
    assert "MODBUS" in explained["cause"]
    assert explained["profile"] == "crc-modbus"


@pytest.mark.parametrize(
    "argv",
    [["/no/such/file"], ["."], ["--profile", "nope", "-"], ["--what"], ["a", "b"]],
    ids=["missing", "folder", "profile", "option", "extra"],
)
def test_unusable_input_is_one_chinese_sentence(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    assert decode(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert any("一" <= character <= "鿿" for character in captured.err)


def test_empty_input_gives_nothing(capsys: pytest.CaptureFixture[str], stdin: Any) -> None:
    stdin(b"")
    assert objects(capsys) == []


def test_unknown_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["encode"]) == 2
    assert run([]) == 2
    assert "decode" in capsys.readouterr().err


def test_broken_pipe_is_quiet() -> None:
    script = f"{sys.executable} -m gongdi.cli.main hj212 decode {DATA / 'bench_corpus.txt'} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_starts_without_django() -> None:
    script = (
        "import sys; from gongdi.cli.main import main; main(['hj212', 'decode', '/dev/null']);"
        "sys.exit('django' in sys.modules or 'psycopg' in sys.modules)"
    )
    start = time.perf_counter()
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    assert time.perf_counter() - start < 5


def test_streams_while_input_is_open() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gongdi.cli.main", "hj212", "decode"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(GOOD)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["verdict"] == "ok"
        process.stdin.close()
    assert process.returncode == 0

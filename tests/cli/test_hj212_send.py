"""gongdi hj212 send：发送报文、打印应答，缺少应答时退出码为1。"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gongdi.cli.hj212 import send
from gongdi.protocols.hj212.commands import Target, set_clock
from gongdi.protocols.hj212.frames import Frame, Framer
from gongdi.protocols.hj212.replies import data_ack, request_ack
from gongdi.protocols.hj212.reports import parse_time, read_head
from tests.protocols.hj212_samples import dust, frame

Answer = Callable[[dict[str, str]], bytes | None]


def acknowledge(header: dict[str, str]) -> bytes:
    return data_ack(header, 2017) if header.get("Flag") in ("5", "7") else b""


def wrong_password(header: dict[str, str]) -> bytes:
    return b"" if header["QN"].endswith("1") else acknowledge(header)


@contextmanager
def gateway(answer: Answer) -> Iterator[str]:
    """A listener that answers every frame of one connection by the given function."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            framer = Framer()
            with link:
                while data := link.recv(65_536):
                    for outcome in framer.feed(data):
                        assert isinstance(outcome, Frame)
                        reply = answer(read_head(outcome.segment).header)
                        if reply is None:
                            return
                        link.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)
        assert not thread.is_alive()


def file_of(folder: Path, count: int, flag: str = "Flag=5;") -> str:
    packets = []
    for number in range(count):
        segment = dust("DataTime=20260301080000;a34002-Avg=80", flag=flag).replace(
            "20260301080000123", f"{number:017d}"
        )
        packets.append(frame(segment))
    path = folder / "frames.txt"
    path.write_bytes(b"noise".join(packets))
    return str(path)


def test_every_frame_acknowledged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(acknowledge) as address:
        assert send([file_of(tmp_path, 500), "--to", address]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("应答 9014") for line in lines) == 500
    assert lines[-1].startswith("发送500帧，收到应答500个，缺少应答0个")


def test_missing_acknowledgement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(wrong_password) as address:
        assert send([file_of(tmp_path, 3), "--to", address, "--timeout", "0.3"]) == 1
    assert "缺少应答1个" in capsys.readouterr().out


def test_a_refusal_is_no_acknowledgement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(lambda header: request_ack(header, 2017, 3)) as address:
        assert send([file_of(tmp_path, 1), "--to", address, "--timeout", "0.3"]) == 1
    assert "应答 9011" in capsys.readouterr().out


def test_no_acknowledgement_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(acknowledge) as address:
        assert send([file_of(tmp_path, 2, flag="Flag=4;"), "--to", address, "--timeout", "0.3"]) == 0
    assert "发送2帧，收到应答0个，缺少应答0个" in capsys.readouterr().out


def test_connection_closed_by_the_other_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(lambda header: None) as address:
        assert send([file_of(tmp_path, 3), "--to", address, "--timeout", "3"]) == 1
    assert "缺少应答3个" in capsys.readouterr().out


def test_commands_of_the_platform_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moment = parse_time("20260301080000")
    assert moment is not None
    clock = set_clock(Target(2017, "39", "123456", "SITE0001"), "20260301080000999", moment)
    with gateway(lambda header: clock + acknowledge(header)) as address:
        assert send([file_of(tmp_path, 1), "--to", address]) == 0
    assert "平台命令 CN=1012" in capsys.readouterr().out


def test_json_lines_and_refused_packets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "packets.jsonl"
    good = frame(dust("DataTime=20260301080000;a34002-Avg=80"))
    path.write_text("\n".join(json.dumps({"raw": data.decode("latin-1")}) for data in (good, good[:40])))
    with gateway(acknowledge) as address:
        assert send([str(path), "--to", address]) == 0
    assert "不合格未发送1个" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        ["x"],
        ["/no/such", "--to", "127.0.0.1:1"],
        ["FILE", "--to", "nowhere"],
        ["FILE", "--to", "127.0.0.1:1"],
    ],
)
def test_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    name = file_of(tmp_path, 1)
    assert send([name if word == "FILE" else word for word in argv]) == 2
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


def test_file_without_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty"
    path.write_bytes(b"hello")
    assert send([str(path), "--to", "127.0.0.1:1"]) == 2
    assert "没有可以发送" in capsys.readouterr().err

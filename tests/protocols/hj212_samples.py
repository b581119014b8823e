"""HJ 212测试共用的样本：收集到的报文、附录A的逐位CRC、组帧。"""

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data" / "hj212"


def bitwise_crc(data: bytes) -> int:
    """Annex A exactly as printed, bit by bit: the reference for every other implementation."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ byte
        for _ in range(8):
            check = crc & 1
            crc >>= 1
            if check:
                crc ^= 0xA001
    return crc


def frame(segment: str | bytes, ending: bytes = b"\r\n") -> bytes:
    """A right packet around a data segment, made without the code under test."""
    data = segment.encode() if isinstance(segment, str) else segment
    return b"##%04d%b%04X" % (len(data), data, bitwise_crc(data)) + ending


def dust(area: str, cn: int = 2051, flag: str = "Flag=5;", st: int = 39) -> str:
    """A dust monitor's data segment with the given CP area."""
    return f"QN=20260301080000123;ST={st};CN={cn};PW=123456;MN=SITE0001;{flag}CP=&&{area}&&"


@cache
def packets() -> list[dict[str, Any]]:
    return _jsonl("packets.jsonl")


@cache
def annex_c() -> list[dict[str, Any]]:
    return _jsonl("annexC_2017_segments.jsonl")


@cache
def streams() -> list[dict[str, Any]]:
    return _jsonl("streams.jsonl")


@cache
def corpus() -> bytes:
    return (DATA / "bench_corpus.txt").read_bytes()


def raw(packet: dict[str, Any]) -> bytes:
    return str(packet["raw"]).encode("latin-1")


def _jsonl(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]

"""压测解析：随包附带的真实报文，成帧、校验、拆字段，每核每秒多少包。"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gongdi.cli.arguments import Parser, count
from gongdi.config.load import ConfigError
from gongdi.protocols.hj212.frames import Frame, Framer
from gongdi.protocols.hj212.segments import parse_segment

CORPUS = Path(__file__).resolve().parents[3] / "tests" / "data" / "hj212" / "bench_corpus.txt"
PIECE = 65_536


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Parse the corpus `--rounds` times in one process; the best round by CPU time counts."""
    parser = Parser(prog="gongdi bench parse")
    parser.add_argument("--rounds", type=count, default=7)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args(list(argv))
    if not CORPUS.exists():
        raise ConfigError(f"没有报文样本 {CORPUS}，请在源码目录里运行。")
    data = CORPUS.read_bytes()
    rounds = [one_round(data) for _ in range(options.rounds)]
    frames = rounds[0][0]
    result: dict[str, Any] = {
        "steps": ["framing", "length", "crc", "split"],
        "frames": frames,
        "bytes": len(data),
        "frames_per_s_per_core": round(frames / min(seconds for _, seconds in rounds)),
    }
    if options.peers:
        result["peers"] = {"missing": "包仓库里没有能安装的 HJ 212 解析器"}
    return result


def one_round(data: bytes) -> tuple[int, float]:
    """Parse everything once: number of valid frames and CPU seconds."""
    framer, frames = Framer(), 0
    begun = time.process_time()
    for offset in range(0, len(data), PIECE):
        for item in framer.feed(data[offset : offset + PIECE]):
            if isinstance(item, Frame):
                parse_segment(item.segment)
                frames += 1
    return frames, time.process_time() - begun

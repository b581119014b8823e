"""用变异的报文轰击HJ 212解码：不崩、不停、不涨内存，坏报文后面的好报文一个不丢。"""

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gongdi.protocols.hj212.diagnosis import diagnose
from gongdi.protocols.hj212.frames import Frame, FrameError, Framer
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.replies import build_frame
from gongdi.protocols.hj212.reports import dust_report, read_head, reader_for
from gongdi.protocols.hj212.segments import parse_segment

PACKETS = Path(__file__).parent.parent / "tests" / "data" / "hj212" / "packets.jsonl"
_SETTINGS = DeviceSettings(pm_unit="ug")
_ALPHABET = b"#&0123456789ABFabf\r\n=;,-CPQN\x00\xff"


@dataclass
class Outcome:
    """Figures of one run; `lost` counts intact frames behind a mutated one that did not come out."""

    mutated: int = 0
    intact: int = 0
    lost: int = 0
    accepted: int = 0
    refused: int = 0
    most_pending: int = 0
    slowest_ms: float = 0.0
    seconds: float = 0.0
    rss_start_kb: int = 0
    rss_end_kb: int = 0


def packets(path: Path = PACKETS) -> list[bytes]:
    """The collected real packets as bytes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["raw"].encode("latin-1") for line in lines]


def mutate(packet: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Flip, cut, glue, insert `##` or swap, once to three times."""
    data = bytearray(packet)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(7)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at : at + rng.randint(1, 40)]
        elif kind == 2:
            data[at:at] = b"##"
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data[at:at] = bytes(rng.choices(_ALPHABET, k=rng.randint(1, 12)))
        elif kind == 5:
            data[at:at] = rng.choice(others)[: rng.randint(1, 900)]
        elif at + 8 < len(data):
            data[at], data[at + 8] = data[at + 8], data[at]
    return bytes(data)


def stream(count: int, rng: random.Random, outcome: Outcome, expected: set[bytes]) -> Iterator[bytes]:
    """Pieces of a stream: mutated packets, every second one followed by an intact frame of its own QN."""
    known = packets()
    for number in range(count):
        outcome.mutated += 1
        data = mutate(rng.choice(known), known, rng)
        if number % 2:
            intact = build_frame(
                f"QN={number:017d};ST=39;CN=2011;PW=123456;MN=A{number % 1000:03d};Flag=5;"
                f"CP=&&DataTime=20260101000000;a34002-Rtd={number % 300},a34002-Flag=N&&".encode()
            )
            outcome.intact += 1
            expected.add(intact[:-2])
            data += intact
        yield data


def run(count: int, seed: int = 212) -> Outcome:
    """Feed `count` mutated packets in random cuts and parse whatever is accepted; deterministic by seed."""
    rng = random.Random(seed)
    outcome, expected, framer = Outcome(), set[bytes](), Framer()
    warm = max(count // 10, 1)
    begin = time.perf_counter()
    for number, data in enumerate(stream(count, rng, outcome, expected)):
        start = time.perf_counter()
        cut = rng.randrange(len(data) + 1)
        _digest(framer.feed(data[:cut]) + framer.feed(data[cut:]), outcome, expected)
        outcome.slowest_ms = max(outcome.slowest_ms, (time.perf_counter() - start) * 1000)
        outcome.most_pending = max(outcome.most_pending, framer.pending)
        if number == warm:
            outcome.rss_start_kb = _rss_kb()
    _digest(framer.close(), outcome, expected)
    outcome.lost = len(expected)
    outcome.seconds = time.perf_counter() - begin
    outcome.rss_end_kb = _rss_kb()
    return outcome


def _digest(outcomes: Sequence[Frame | FrameError], outcome: Outcome, expected: set[bytes]) -> None:
    for item in outcomes:
        if isinstance(item, Frame):
            outcome.accepted += 1
            expected.discard(item.raw)
            fast = reader_for(_SETTINGS).read(read_head(item.segment))
            if outcome.accepted % 16 == 0 and fast != dust_report(parse_segment(item.segment), _SETTINGS):
                raise AssertionError(f"快慢两条路径不一致：{item.segment!r}")
        else:
            outcome.refused += 1
            if outcome.refused % 16 == 0:
                diagnose(item)


def _rss_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m tools.fuzz_hj212 [--count N] [--seed N]`: one JSON object, exit 1 when anything was lost."""
    parser = argparse.ArgumentParser(description="变异一百万个报文，检验HJ 212解码")
    parser.add_argument("--count", type=int, default=1_000_000, help="变异报文数")
    parser.add_argument("--seed", type=int, default=212, help="随机种子")
    options = parser.parse_args(argv)
    outcome = run(options.count, options.seed)
    print(json.dumps(outcome.__dict__))
    return 1 if outcome.lost > outcome.intact // 1000 else 0


if __name__ == "__main__":
    sys.exit(main())

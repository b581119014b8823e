"""跑一个压测，并与公布的界限逐项比较；有一项越界就失败。"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Check = tuple[str, Callable[[dict[str, Any]], bool]]


def at_most(key: str, limit: float) -> Check:
    """Return the check `key <= limit`."""
    return f"{key} 至多 {limit}", lambda result: result[key] <= limit


def at_least(key: str, limit: float) -> Check:
    """Return the check `key >= limit`."""
    return f"{key} 至少 {limit}", lambda result: result[key] >= limit


def cheaper_than(peer: str, times: float) -> Check:
    """Return the check that the product needs `times` less CPU per message than a peer; a missing peer fails."""
    text = f"每包 CPU 至少比 {peer} 少 {times} 倍"
    return (
        text,
        lambda result: isinstance(result["peers"][peer], dict) and result["peers"][peer]["ratio"] >= times,
    )


CLAIMS: dict[str, list[Check]] = {
    "ingest": [
        at_most("lost", 0),
        at_most("postgres_vs_raw_copy", 2.0),
        at_most("total_vs_loop", 1.5),
        cheaper_than("influxdb_1_6_sink", 2.5),
        cheaper_than("node_red_no_store", 3),
        cheaper_than("bitwise_crc", 5),
    ],
    "parse": [at_least("frames_per_s_per_core", 60_000)],
    "rate": [
        at_most("coverage_ms", 150),
        at_most("counter_ms", 5),
        at_least("compared", 3_000),
        ("compared 与 equal 相等", lambda result: result["compared"] == result["equal"]),
    ],
    "storage": [
        at_most("hot_bytes_per_minute", 210),
        at_most("compacted_bytes_per_minute", 20),
        ("无损", lambda result: result["lossless"] is True),
    ],
}


def broken(name: str, result: dict[str, Any]) -> list[str]:
    """Return the claims of a bench that its result does not keep; changed settings break all of them."""
    if result["settings_changed"] or not result["fsync"]:
        return ["设置与生产不同，数字无效"]
    return [text for text, holds in CLAIMS[name] if not holds(result)]


def main(argv: Sequence[str]) -> int:
    """Run `gongdi bench NAME …`, print the result and what it breaks; exit 1 when anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(CLAIMS))
    options, rest = parser.parse_known_args(list(argv))
    command = [sys.executable, "-m", "gongdi.cli.main", "bench", options.name, *rest]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        return done.returncode
    line = done.stdout.strip().splitlines()[-1]
    print(line)
    failures = broken(options.name, json.loads(line))
    for failure in failures:
        print(f"越界：{failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""压测写入：独立的负载与计数进程，经 TCP 到网关、提交、应答，每一步都开着。"""

import contextlib
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from gongdi.cli.arguments import Parser, count
from gongdi.cli.bench import rawcopy
from gongdi.cli.bench.frames import device_no
from gongdi.cli.bench.peers import influx, node_red
from gongdi.cli.bench.processes import cpu_seconds, descendants
from gongdi.cli.bench.stage import Stage, add_devices, free_port, gateway, stage
from gongdi.cli.bench.variants import loop_process
from gongdi.config.load import ConfigError
from gongdi.kernel.clock import SHANGHAI, now

STEPS = [
    "tcp", "framing", "length", "crc", "parse", "units", "limits", "minute_rows", "raw_frames", "last_value",
    "coverage_delta", "conflict_check", "notify", "commit_fsync", "ack",
]  # fmt: skip
Pids = Callable[[], list[int]]


@dataclass
class Trials:
    """What the interleaved rounds of one variant gave."""

    cpu_us: list[float] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    parts: list[tuple[float, float]] = field(default_factory=list)

    def note(self, load: dict[str, Any], gateway_s: float, store_s: float) -> None:
        """Keep one round: CPU seconds of the process under test and of its store."""
        acked = max(1, load["acked"])
        self.runs.append(load)
        self.parts.append((1e6 * gateway_s / acked, 1e6 * store_s / acked))
        self.cpu_us.append(sum(self.parts[-1]))


@dataclass(frozen=True)
class Plan:
    """Size of one round: devices, minutes each, rounds, and the first minute of the data."""

    devices: int
    minutes: int
    rounds: int
    start: datetime

    def begin(self, turn: int) -> datetime:
        """Return the first minute of a round: rounds never overlap, so every row is new."""
        return self.start + timedelta(minutes=self.minutes * turn)


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Measure the product, raw COPY and the bare loop in turn, with `--peers` the peers too."""
    parser = Parser(prog="gongdi bench ingest")
    parser.add_argument("--devices", type=count, default=5_000)
    parser.add_argument("--minutes", type=count, default=20)
    parser.add_argument("--rounds", type=count, default=2)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args(list(argv))
    minutes = options.minutes * options.rounds * 5
    start = now().astimezone(SHANGHAI).replace(tzinfo=None, second=0, microsecond=0) - timedelta(
        minutes=minutes
    )
    plan = Plan(options.devices, options.minutes, options.rounds, start)
    with stage() as system, contextlib.ExitStack() as stack:
        add_devices(system.config, plan.devices)
        rawcopy.prepare(system.config)
        trials, missing = measure(system, plan, stack, options.peers)
        stored = stored_rows(system)
        result = summary(plan, trials, stored)
    if options.peers:
        result["peers"] = peers_of(trials, missing)
    return result


def measure(
    system: Stage, plan: Plan, stack: contextlib.ExitStack, peers: bool
) -> tuple[dict[str, Trials], list[str]]:
    """Run the rounds interleaved A-B-A-B; returns the trials by variant and the peers that are missing."""
    store: Pids = lambda: descendants(system.postmaster)  # noqa: E731
    variants: dict[str, tuple[int, Pids, Pids]] = {}
    port = free_port()
    process = stack.enter_context(gateway(system.config, port))
    variants["product"] = (port, lambda pid=process.pid: [pid], store)  # type: ignore[misc]
    port = free_port(port + 1)
    process = stack.enter_context(loop_process(system.config, port))
    variants["loop"] = (port, lambda pid=process.pid: [pid], store)  # type: ignore[misc]
    missing = add_peers(system, stack, port + 1, variants) if peers else []
    trials = {name: Trials() for name in [*variants, "raw_copy", "raw_copy_blocks"]}
    for turn in range(plan.rounds):
        for place, (name, (port, under_test, its_store)) in enumerate(variants.items()):
            small = name == "bitwise_crc" or name == node_red.NAME
            load = Plan(plan.devices, max(2, plan.minutes // 4), 1, plan.start) if small else plan
            before, store_before = cpu_seconds(under_test()), cpu_seconds(its_store())
            moment = plan.begin(turn * 5 + (0 if name in ("product", "loop") else place))
            result = drive(port, load, moment)
            used, stored = cpu_seconds(under_test()) - before, cpu_seconds(its_store()) - store_before
            trials[name].note(result, used, stored)
        begun = plan.begin(turn * 5).replace(tzinfo=SHANGHAI)
        for name, seconds, rows in rawcopy.measure(
            system, begun, begun + timedelta(minutes=plan.minutes), store
        ):
            trials[name].note({"acked": rows}, 0.0, seconds)
    return trials, missing


def add_peers(
    system: Stage, stack: contextlib.ExitStack, port: int, variants: dict[str, tuple[int, Pids, Pids]]
) -> list[str]:
    """Start the peers that are installed and name those that are not."""
    missing = []
    nothing: Pids = list
    store: Pids = lambda: descendants(system.postmaster)  # noqa: E731
    port = free_port(port)
    bitwise = stack.enter_context(gateway(system.config, port, "gongdi.cli.bench.peers.bitwise_gateway"))
    variants["bitwise_crc"] = (port, lambda: [bitwise.pid], store)
    if influx.program():
        http_port = free_port(port + 1)
        database = stack.enter_context(influx.running(http_port, system.config.data / "influx"))
        stack.enter_context(influx_address(http_port))
        port = free_port(http_port + 2)
        sink = stack.enter_context(gateway(system.config, port, "gongdi.cli.bench.peers.influx_gateway"))
        variants[influx.NAME] = (port, lambda: [sink.pid], lambda: [database])
    else:
        missing.append(influx.NAME)
    if node_red.program():
        port = free_port(port + 1)
        flow = stack.enter_context(node_red.running(port, system.config.data / "node-red"))
        variants[node_red.NAME] = (port, lambda: descendants(flow), nothing)
    else:
        missing.append(node_red.NAME)
    return missing


@contextlib.contextmanager
def influx_address(port: int) -> Iterator[None]:
    """Tell the peer gateway where its InfluxDB is."""
    import os

    os.environ["GONGDI_BENCH_INFLUX"] = f"127.0.0.1:{port}"
    try:
        yield
    finally:
        del os.environ["GONGDI_BENCH_INFLUX"]


def drive(port: int, plan: Plan, start: datetime) -> dict[str, Any]:
    """Run the separate load process and return what it counted."""
    command = [sys.executable, "-m", "gongdi.cli.bench.load", "--port", str(port)]
    command += ["--devices", str(plan.devices), "--minutes", str(plan.minutes), "--start", start.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ConfigError(f"负载进程没有跑完：{done.stderr.strip().splitlines()[-1:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def stored_rows(system: Stage) -> int:
    """Count, in a connection of its own, the minute rows that are really in the database."""
    with psycopg.connect(system.config.dsn("owner")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM obs_minute o JOIN gateway_device d ON d.id = o.device_id WHERE d.device_no >= %s",
            (device_no(0),),
        ).fetchone()
    assert row is not None
    return int(row[0])


def summary(plan: Plan, trials: dict[str, Trials], stored: int) -> dict[str, Any]:
    """Return the contract's keys: medians over the rounds, ratios inside this run."""
    ours, loop = trials["product"], trials["loop"]
    gateway_us = statistics.median(part[0] for part in ours.parts)
    postgres_us = statistics.median(part[1] for part in ours.parts)
    raw_us, blocks_us, loop_us = (
        statistics.median(trials[name].cpu_us) for name in ("raw_copy", "raw_copy_blocks", "loop")
    )
    counted = [*ours.runs, *(run for name in ("bitwise_crc",) if name in trials for run in trials[name].runs)]
    acked = sum(run["acked"] for run in counted)
    assert loop.runs
    return {
        "steps": STEPS,
        "devices": plan.devices,
        "rounds": plan.rounds,
        "messages_per_s": round(statistics.median(run["acked"] / run["wall_s"] for run in ours.runs)),
        "gateway_us": round(gateway_us, 2),
        "postgres_us": round(postgres_us, 2),
        "raw_copy_us": round(raw_us, 2),
        "postgres_vs_raw_copy": round(postgres_us / raw_us, 2),
        "raw_copy_blocks_us": round(blocks_us, 2),
        "postgres_vs_raw_copy_blocks": round(postgres_us / blocks_us, 2),
        "loop_us": round(loop_us, 2),
        "total_vs_loop": round((gateway_us + postgres_us) / loop_us, 2),
        "load_us": round(statistics.median(1e6 * run["load_cpu_s"] / run["acked"] for run in ours.runs), 2),
        "ack_p50_ms": round(statistics.median(run["ack_p50_ms"] for run in ours.runs), 1),
        "ack_p99_ms": round(statistics.median(run["ack_p99_ms"] for run in ours.runs), 1),
        "acked": acked,
        "stored": stored,
        "lost": max(0, acked - stored),
    }


def peers_of(trials: dict[str, Trials], missing: list[str]) -> dict[str, Any]:
    """Return CPU per message of each peer and its ratio to the product; a missing peer is named."""
    ours = statistics.median(trials["product"].cpu_us)
    result: dict[str, Any] = {name: "没有安装，未测" for name in missing}
    for name in ("bitwise_crc", influx.NAME, node_red.NAME):
        if name in trials:
            used = statistics.median(trials[name].cpu_us)
            acked = sum(run["acked"] for run in trials[name].runs)
            result[name] = {"cpu_us": round(used, 1), "ratio": round(used / ours, 2), "acked": acked}
    return result

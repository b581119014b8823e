"""独立的负载进程：许多 TCP 连接，每台设备收到应答才发下一包，并自己数应答。"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import cast

import uvloop

from gongdi.cli.bench.frames import frames_of

ACK = b"CN=9014"


class Peer(asyncio.Protocol):
    """One simulated device: closed loop, one frame in flight; remembers when each was answered."""

    def __init__(self, frames: list[bytes], run: "Run") -> None:
        self.frames, self.run = frames, run
        self.position = 0
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the common start."""
        self.transport = cast(asyncio.Transport, transport)
        self.run.connected()

    def send_next(self) -> None:
        """Send the next frame, or report that this device is done."""
        if self.position == len(self.frames):
            self.run.finished()
            return
        assert self.transport is not None
        self.sent_at = time.perf_counter()
        self.transport.write(self.frames[self.position])
        self.position += 1

    def data_received(self, data: bytes) -> None:
        """Count a data acknowledgement (CN 9014) and go on; other answers are ignored."""
        if ACK in data:
            self.run.latencies.append(time.perf_counter() - self.sent_at)
            self.run.later(self.send_next)

    def connection_lost(self, exc: Exception | None) -> None:
        """A closed connection ends the device; what was not answered is not counted."""
        if self.position < len(self.frames):
            self.run.broken += 1
        self.run.finished()


class Run:
    """Counters of one load run."""

    def __init__(self, devices: int, every: float = 0) -> None:
        self.devices, self.open, self.done, self.broken = devices, 0, 0, 0
        self.every = every
        self.latencies: list[float] = []
        self.all_open = asyncio.Event()
        self.all_done = asyncio.Event()

    def later(self, call: Callable[[], None], share: float = 1) -> None:
        """Call at once, or with `--every` after that many seconds (a share of them at the start)."""
        if self.every:
            asyncio.get_running_loop().call_later(self.every * share, call)
        else:
            call()

    def connected(self) -> None:
        """Note one more open connection."""
        self.open += 1
        if self.open == self.devices:
            self.all_open.set()

    def finished(self) -> None:
        """Note one more finished device."""
        self.done += 1
        if self.done >= self.devices:
            self.all_done.set()


async def drive(options: argparse.Namespace) -> dict[str, float | int]:
    """Run the whole load against one port and return counts, wall seconds and latencies in ms."""
    loop = asyncio.get_running_loop()
    start = datetime.fromisoformat(options.start)
    run = Run(options.devices, options.every)
    peers = []
    for index in range(options.first, options.first + options.devices):
        peer = Peer(list(frames_of(index, start, options.minutes)), run)
        peers.append(peer)
    for peer in peers:
        await loop.create_connection(lambda peer=peer: peer, "127.0.0.1", options.port)  # type: ignore[misc]
    await asyncio.wait_for(run.all_open.wait(), 60)
    built = resource.getrusage(resource.RUSAGE_SELF)
    begun = time.perf_counter()
    for place, peer in enumerate(peers):
        run.later(peer.send_next, place / len(peers))
    try:
        await asyncio.wait_for(run.all_done.wait(), options.timeout)
    except TimeoutError:
        run.broken += options.devices - run.done
    wall = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    ordered = sorted(run.latencies) or [0.0]
    return {
        "sent": sum(peer.position for peer in peers),
        "acked": len(run.latencies),
        "broken": run.broken,
        "wall_s": wall,
        "load_cpu_s": used.ru_utime + used.ru_stime - built.ru_utime - built.ru_stime,
        "ack_p50_ms": 1000 * ordered[len(ordered) // 2],
        "ack_p99_ms": 1000 * ordered[int(len(ordered) * 0.99)],
    }


def main(argv: list[str]) -> int:
    """Parse the options, run, print one JSON object."""
    parser = argparse.ArgumentParser(prog="gongdi.cli.bench.load")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--minutes", type=int, required=True)
    parser.add_argument("--start", required=True)
    parser.add_argument("--every", type=float, default=0)
    parser.add_argument("--timeout", type=float, default=300)
    options = parser.parse_args(argv)
    print(json.dumps(uvloop.run(drive(options))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

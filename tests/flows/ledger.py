"""对账：应答过的每一帧恰好存了一次，重发不改任何行，汇总后的位图与行一致。"""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import psycopg

from gongdi.ingest.compaction import read_rows
from tests.flows.running import ROOT
from tests.gateways.fleet import Fleet, Sent, value_of
from tests.gateways.packets import BEIJING
from tests.gateways.process import Dsn, one, register, rows

RESENT = 4_000
NUMBERS = "SELECT id, device_no FROM gateway_device WHERE device_no = ANY(%s)"
# 证据：除了“听到过”的时刻和重复次数，重发一遍之后这些表一个字节也不许变
EVIDENCE = {
    "obs_minute": "device_id, ts",
    "obs_block": "device_id, day",
    "obs_conflict": "id",
    "obs_reported": "device_id, cn, ts",
    "raw_block": "id",
    "coverage_delta": "id",
    "coverage_day": "stream, subject_id, day",
    "quarantine": "id",
}


@dataclass(frozen=True)
class Ledger:
    """The books of one run: database `dsn` of the data directory `data`, and the fleet that sent."""

    dsn: Dsn
    data: Path
    fleet: Fleet

    def balance(self, folded: int = 0) -> None:
        """Judge the run: the fleet has ended, a gateway listens; `folded` samples were already put into the maps."""
        fleet = self.fleet
        acked = set(fleet.acked)
        stored = self.stored()
        lost = acked - stored.keys()
        assert not lost, f"应答过却没有存下：{len(lost)} 帧，如 {sorted(lost)[:3]}"
        fleet.resend(fleet.sent - acked)
        stored = self.stored()
        assert stored.keys() == fleet.sent, "重发之后，存下的与发出的不同"
        wrong = [key for key, value in stored.items() if value != value_of(*key)]
        assert not wrong, f"存下的值不是发出的值：{wrong[:3]}"
        assert self.kept_raw() == len(stored), "原始报文与分钟行不是一一对应"
        queued = one(self.dsn, "SELECT coalesce(sum(cardinality(ts)), 0) FROM coverage_delta")
        assert folded + queued == len(stored), "每一行应恰好进一次汇总队列"
        self.resends_change_nothing()
        self.coverage_is_right(stored)

    def stored(self) -> dict[Sent, float]:
        """Device minutes and their dust, from rows and blocks together; a minute found twice is an error."""
        found: dict[Sent, float] = {}
        first = datetime.combine(self.fleet.start.date(), time(), BEIJING)
        with psycopg.connect(self.dsn("app"), autocommit=True) as connection:
            for number, name in connection.execute(NUMBERS, (self.fleet.names,)).fetchall():
                kept = read_rows(connection, number, first, datetime.now(BEIJING))
                for row in kept:
                    key = (name, row.ts.astimezone(BEIJING))
                    assert key not in found, f"存了两次：{key}"
                    found[key] = row.values[3] or 0.0
        return found

    def kept_raw(self) -> int:
        """How many raw frames of the fleet were kept."""
        query = (
            "SELECT count(*) FROM raw_block, unnest(device_ids) AS u(id) JOIN gateway_device d USING (id)"
            " WHERE d.device_no = ANY(%s)"
        )
        return int(one(self.dsn, query, self.fleet.names))

    def resends_change_nothing(self) -> None:
        """Send again what was acknowledged: all of it is acknowledged again and nothing is another one."""
        again = sorted(self.fleet.acked)[:RESENT]
        before = self.evidence()
        self.fleet.resend(again)
        after = self.evidence()
        changed = [table for table in EVIDENCE if before[table] != after[table]]
        assert not changed, f"重发改变了 {changed}"

    def evidence(self) -> dict[str, str]:
        """Digest of every table of evidence."""
        found = {}
        for table, order in EVIDENCE.items():
            query = f"SELECT count(*) || coalesce(md5(string_agg(md5(t::text), '' ORDER BY {order})), '') FROM {table} t"
            found[table] = str(one(self.dsn, query))
        return found

    def coverage_is_right(self, stored: dict[Sent, float]) -> None:
        """After folding the maps show exactly the stored minutes that count, and the recount finds nothing."""
        fold(self.data)
        assert one(self.dsn, "SELECT count(*) FROM coverage_delta") == 0
        assert self.covered() == {key for key in stored if self.counts(key[1])}, "位图与存下的行不同"
        done = gongdi(self.data, "recount")
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def counts(self, start: datetime) -> bool:
        """Say whether a minute sent now counts: at most 72 hours late (fleets stay away from that limit)."""
        return start > datetime.now(BEIJING) - timedelta(hours=71)

    def covered(self) -> set[Sent]:
        """Device minutes whose bit of arrival is set."""
        query = (
            "SELECT d.device_no, c.day, c.received::text FROM coverage_day c"
            " JOIN gateway_device d ON d.id = c.subject_id WHERE c.stream = 1 AND d.device_no = ANY(%s)"
        )
        found: set[Sent] = set()
        for name, day, bits in rows(self.dsn, query, self.fleet.names):
            found |= {(name, minute_of(day, place)) for place, bit in enumerate(bits) if bit == "1"}
        return found


def minute_of(day: date, place: int) -> datetime:
    """Instant of the n-th minute of a day."""
    return datetime.combine(day, time(), BEIJING) + timedelta(minutes=place)


def fold(data: Path) -> int:
    """Let a folder of its own process empty the queue; returns the samples that it took."""
    done = _run(data, [sys.executable, "-m", "tests.flows.fold_queue"])
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def gongdi(data: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the product on a data directory."""
    return _run(data, [sys.executable, "-m", "gongdi.cli.main", *words])


def _run(data: Path, command: list[str]) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "DATA": str(data)}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def enrol(dsn: Dsn, names: list[str]) -> dict[str, int]:
    """Register devices that have been in service for a month; their ids."""
    since = datetime.now(BEIJING) - timedelta(days=30)
    profile = '{"pm_unit": "ug", "commands": false}'
    return {name: register(dsn, name, "pw1", profile=profile, valid_from=since) for name in names}


def yesterday() -> datetime:
    """A start for the fleet: old enough never to reach the present, young enough to count."""
    return datetime.now(BEIJING).replace(second=0, microsecond=0) - timedelta(hours=60)

"""手算月份的重放：项目、设备、样本按各自的时间走进写入层、汇总、故障、免传、结算。

The wall clock cannot travel, so a replay starts where the gateway hands over its rows (the writing end of
`gongdi.ingest`) and every job of the worker is given its `now`. Times are Shanghai times of scenario.json.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from gongdi.equipment.models import Device
from gongdi.equipment.services import NewDevice, register_device, set_interval
from gongdi.ingest import instances
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import MinuteRow, Outcome
from gongdi.ingest.store import Batch, Store
from gongdi.kernel.clock import day_start, shanghai_day
from gongdi.orgs.models import Enterprise
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project, ProjectKindRule
from gongdi.projects.services.registering import NewProject, create_project, set_connected
from gongdi.returns.services import upkeep as returns
from gongdi.telemetry.models import Exemption
from gongdi.telemetry.services import upkeep as telemetry
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.masks import open_days, refresh_masks
from gongdi.telemetry.services.waiting import mark_days
from gongdi.telemetry.terms import load_terms
from tests.builders import DEADLINES
from tests.telemetry.building import at

DATA = Path(__file__).parent / "data" / "dust_month"
MARKS = {"N": 1, "T": 2, "M": 3, "C": 4, "D": 5, "B": 6}
EVERY_FACTOR = 0x111111111
VALUES = tuple(float(number) for number in range(25))
ONE_MINUTE = timedelta(minutes=1)
DUST_FROM = date(2026, 1, 1)


def scenario() -> dict[str, Any]:
    """The input of the month."""
    found: dict[str, Any] = json.loads((DATA / "scenario.json").read_text(encoding="utf-8"))
    return found


@dataclass
class World:
    """Keys of what was registered, by the names of the scenario; `devices` holds gateway keys."""

    contractor: Enterprise
    projects: dict[str, Project] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)
    equipment: dict[str, Device] = field(default_factory=dict)


def build(given: dict[str, Any]) -> World:
    """Register enterprise, projects and devices as they stood before the first day."""
    owner = given["enterprise"]
    world = World(Enterprise.objects.create(name=owner["name"], uscc=owner["uscc"]))
    for entry in given["projects"]:
        world.projects[entry["id"]] = _project(entry, world.contractor)
    for entry in given["devices"]:
        device = _device(entry, world.projects[entry["project"]])
        world.equipment[entry["id"]], world.devices[entry["id"]] = device, device.gateway_device_id
    return world


def _project(entry: dict[str, Any], contractor: Enterprise) -> Project:
    connected = date.fromisoformat(entry["accepted_and_connected"])
    project = create_project(
        NewProject(
            number=entry["id"],
            name=f"工地 {entry['id']}",
            kind=entry["kind"],
            division=entry["county"],
            contractor_id=contractor.id,
            started_on=date.fromisoformat(entry["start_order"]),
            site_area_m2=entry["area_m2"],
            open_length_m=entry["open_length_m"],
        ),
        by=installation_scope(),
        deadlines=DEADLINES,
        now=day_start(connected),
    )
    assert project.access_deadline == date.fromisoformat(entry["access_deadline"])
    set_connected(project.id, connected)
    return project


def _device(entry: dict[str, Any], project: Project) -> Device:
    since, until = (at(entry["in_service"][name]) for name in ("from", "to"))
    device = register_device(
        NewDevice(
            mn=entry["id"],
            password="123456",
            project_id=project.id,
            interval_min=entry["interval_minutes"][0]["k"],
            in_service_from=since,
        ),
        by=installation_scope(),
        now=since,
    )
    Device.objects.filter(id=device.id).update(in_service_to=until)
    return device


def duty_of_the_month(given: dict[str, Any]) -> list[ProjectKindRule]:
    """Dated rules that keep the dust duty of the kinds to the scenario's days; the caller deletes them."""
    first, after = (shanghai_day(at(given["period"][name])) for name in ("from", "to"))
    found = []
    for kind in sorted({entry["kind"] for entry in given["projects"] if entry["dust_duty"]}):
        own = ProjectKindRule.objects.filter(kind_id=kind).latest("valid_from")
        for day, rule in ((DUST_FROM, "none"), (first, own.dust_rule), (after, "none")):
            sizes = {"per_m2": own.per_m2, "per_m": own.per_m}
            found.append(
                ProjectKindRule.objects.create(kind_id=kind, valid_from=day, dust_rule=rule, **sizes)
            )
    return found


def sample_rows(given: dict[str, Any], devices: dict[str, int]) -> list[MinuteRow]:
    """Every sample of the scenario in the order of its receipt."""
    rows = []
    for name, day, begin, end, step, delay, mark in given["samples"]:
        for minute in range(_minute(begin), _minute(end), step):
            ts = at(day) + timedelta(minutes=minute)
            received = ts + timedelta(minutes=step, seconds=delay)
            marks = MARKS[mark] * EVERY_FACTOR
            rows.append(MinuteRow(ts, received, marks, devices[name], step, 0, VALUES))
    return sorted(rows, key=lambda row: row.recv_at)


def _minute(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    return hour * 60 + minute


class Replay:
    """Lives through the month: at each moment first what was received by then, then the worker's jobs."""

    def __init__(self, dsn: Callable[[str], str], given: dict[str, Any], world: World) -> None:
        self.given, self.world = given, world
        self.rows = sample_rows(given, world.devices)
        self.outcomes: Counter[Outcome] = Counter()
        self._probes = _probes(given)
        self._opening = at(given["period"]["from"])
        with psycopg.connect(dsn("owner"), autocommit=True) as owner:
            for entry in given["devices"]:
                owner.execute(
                    "UPDATE gateway_device SET valid_to = %s WHERE id = %s",
                    [at(entry["in_service"]["to"]), world.devices[entry["id"]]],
                )
            gateway = instances.register(owner, "扬尘", self._opening)
        self._store = Store(dsn("gateway"), gateway, WriterPolicy())
        self._store.connect()
        self._done = 0
        self._events = self._settings() + self._exemptions()

    def close(self) -> None:
        """End the writing connection."""
        self._store.close()

    def moments(self) -> list[datetime]:
        """When the worker looks: changes and approvals, each night, every half hour around the outage."""
        found = {moment for moment, _ in self._events}
        last = at(self.given["period"]["to"]) + timedelta(hours=1)
        found |= {self._opening + timedelta(days=n, hours=1) for n in range((last - self._opening).days + 1)}
        for entry in self.given["exemptions"]:
            if entry["code"] == "X6":
                found |= {at(entry["from"]) + timedelta(minutes=30 * n + 3) for n in range(6)}
        return sorted(found)

    def live_until(self, moment: datetime) -> None:
        """Receive everything up to and including `moment`, then do what the worker does at `moment`."""
        terms = load_terms()
        self._receive(moment)
        for _, act in [event for event in self._events if event[0] <= moment]:
            act(moment)
        self._events = [event for event in self._events if event[0] > moment]
        open_days(terms, moment)
        while not fold(terms, moment).idle:
            pass
        telemetry.each_minute(terms, moment)
        returns.each_minute(terms, moment)

    def _receive(self, moment: datetime) -> None:
        batch, begin = Batch(), self._done
        while self._done < len(self.rows) and self.rows[self._done].recv_at <= moment:
            self._done += 1
        batch.minutes = self.rows[begin : self._done]
        batch.canaries = [probe for probe in self._probes if probe + ONE_MINUTE <= moment]
        self._probes = [probe for probe in self._probes if probe + ONE_MINUTE > moment]
        self.outcomes.update(self._store.commit(batch, 0.0, final=True))

    def _settings(self) -> list[tuple[datetime, Callable[[datetime], None]]]:
        found: list[tuple[datetime, Callable[[datetime], None]]] = []
        for entry in self.given["devices"]:
            device = self.world.equipment[entry["id"]]
            for setting in entry["interval_minutes"][1:]:
                found.append((at(setting["from"]), self._setting(device, setting["k"])))
        return found

    @staticmethod
    def _setting(device: Device, interval: int) -> Callable[[datetime], None]:
        return lambda moment: set_interval(device, interval, by=installation_scope(), now=moment)

    def _exemptions(self) -> list[tuple[datetime, Callable[[datetime], None]]]:
        """X3 stands from its announcement, X4 from its approval; X6 comes from the probes alone."""
        return [
            (at(entry.get("approved") or entry["announced"]), self._exemption(entry, name))
            for entry in self.given["exemptions"]
            if entry["code"] != "X6"
            for name in entry["devices"]
        ]

    def _exemption(self, entry: dict[str, Any], name: str) -> Callable[[datetime], None]:
        def approve(moment: datetime) -> None:
            device = self.world.equipment[name]
            starts, ends = at(entry["from"]), at(entry["to"])
            Exemption.objects.create(
                project_id=device.project_id,
                device_id=device.gateway_device_id,
                code=entry["code"],
                starts=starts,
                ends=ends,
                status=Exemption.Status.APPROVED,
                reason="计划维护" if entry["code"] == "X3" else "设备故障",
                applied_by="项目部",
                applied_at=at(entry.get("reported") or entry["announced"]),
                approver="主管部门",
                decided_at=moment,
            )
            pairs = [(device.gateway_device_id, shanghai_day(starts))]
            mark_days(refresh_masks(pairs, load_terms(), moment), shanghai_day(moment))

        return approve


def _probes(given: dict[str, Any]) -> list[datetime]:
    """The gateway's own probe of every minute of the period and an hour more, but those of the platform fault."""
    begin, end = at(given["period"]["from"]), at(given["period"]["to"]) + timedelta(hours=1)
    silent = [(at(e["from"]), at(e["to"])) for e in given["exemptions"] if e["code"] == "X6"]
    every = [begin + n * ONE_MINUTE for n in range(int((end - begin) / ONE_MINUTE))]
    return [m for m in every if not any(starts <= m < ends for starts, ends in silent)]

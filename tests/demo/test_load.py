"""装入演示省：覆盖与原始数据一致、账号能登录、清单给模拟设备、重来不出错。"""

import json
import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection

from gongdi.cli.demo import load, province
from gongdi.config.load import Config, ConfigError
from gongdi.config.load import load as load_config
from gongdi.ingest import raw_blocks
from gongdi.ingest.blocks import decode
from gongdi.ingest.rows import MICROS_PER_MINUTE, SHANGHAI_OFFSET
from gongdi.kernel import clock
from gongdi.orgs.queries import scope_of
from gongdi.projects.models import Project
from gongdi.projects.queries import visible
from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.profiles import DeviceSettings
from gongdi.protocols.hj212.reports import Report, dust_report
from gongdi.protocols.hj212.segments import parse_segment
from tests.builders import make_authority, make_user

STORIES = ("fault", "half", "exempt", "silent", "late", "wait", "pending")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def config(dsn: Any) -> Iterator[Config]:
    found = load_config(os.environ)
    yield found
    for name in (load.ACCOUNTS_FILE, load.DEVICES_FILE, load.LOADING_FILE):
        (found.data / name).unlink(missing_ok=True)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[province.DemoProject]:
    """Only the projects of some stories, and the ones that the accounts belong to."""
    chosen = [one for one in province.demo_projects() if one.story in STORIES]
    monkeypatch.setattr(province, "demo_projects", lambda: chosen)
    return chosen


def run(config: Config, now: datetime) -> list[str]:
    said: list[str] = []
    load.load_demo(config, now, said.append)
    return said


def test_a_small_province(config: Config, few: list[province.DemoProject]) -> None:
    now = clock.now()
    said = run(config, now)
    assert said[-1].startswith("演示省已装入：7 台设备，45 天历史")
    accounts_can_sign_in(config.data, now)
    files_are_private_and_complete(config.data)
    maps_equal_the_raw_rows()
    frames_mean_what_is_stored()
    stories_show()
    assert run(config, now) == ["演示数据已在库里"]
    assert Project.objects.filter(holding=False).count() == len(few)


def accounts_can_sign_in(data: Path, now: datetime) -> None:
    accounts = json.loads((data / load.ACCOUNTS_FILE).read_text(encoding="utf-8"))
    assert {a["role"] for a in accounts} >= {
        "province", "city", "county", "urban", "station", "approval", "zone", "enterprise", "developer",
        "supervisor", "vendor", "site",
    }  # fmt: skip
    for account in accounts:
        user = authenticate(username=account["user"], password=account["password"])
        assert user is not None
        scope = scope_of(user, clock.shanghai_day(now))
        if account["role"] != "three":
            assert scope.role == account["role"]
        if account["role"] in ("province", "city", "county", "urban", "site"):
            assert visible(scope).exists()


def files_are_private_and_complete(data: Path) -> None:
    for name in (load.ACCOUNTS_FILE, load.DEVICES_FILE):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    devices = json.loads((data / load.DEVICES_FILE).read_text(encoding="utf-8"))
    behaviours = [device["behaviour"] for device in devices]
    assert behaviours.count("unknown") == 1
    assert len(devices) == 7 - 1 + 1, "沉默的那台不模拟，另加一台未登记的"
    with connection.cursor() as cursor:
        cursor.execute("SELECT device_no FROM gateway_device")
        registered = {row[0] for row in cursor.fetchall()}
    assert {d["mn"] for d in devices if d["behaviour"] != "unknown"} < registered


def raw_minutes() -> dict[tuple[int, int], set[int]]:
    """(device, days since 2000) to the minutes covered, from blocks and hot rows."""
    found: dict[tuple[int, int], set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT device_id, payload FROM obs_block")
        rows = [
            (device, row.ts, row.interval_min)
            for device, payload in cursor.fetchall()
            for row in decode(bytes(payload))
        ]
        cursor.execute(
            "SELECT device_id, (extract(epoch FROM ts - timestamptz '2000-01-01 00:00+00') * 1000000)::bigint,"
            " interval_min FROM obs_minute"
        )
        rows += cursor.fetchall()
    for device, ts, interval in rows:
        day, minute = divmod((ts + SHANGHAI_OFFSET) // MICROS_PER_MINUTE, 1440)
        found.setdefault((device, day), set()).update(range(minute, minute + interval))
    return found


def maps_equal_the_raw_rows() -> None:
    raw = raw_minutes()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, day - date '2000-01-01', received::text FROM coverage_day WHERE stream = 1"
        )
        for device, day, received in cursor.fetchall():
            minutes = {minute for minute, bit in enumerate(received) if bit == "1"}
            assert minutes == raw.get((device, day), set()), (device, day)


def frames_mean_what_is_stored() -> None:
    """A stored frame, read in the standard's unit, gives the stored row (to the digits sent)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT device_ids, payload FROM raw_block ORDER BY last_at DESC LIMIT 1")
        (device_ids, payload) = cursor.fetchone()
        compared = 0
        for device_id, (_, raw) in zip(device_ids, raw_blocks.decode(bytes(payload)), strict=True):
            frame = judge_line(raw)
            assert isinstance(frame, Frame)
            report = dust_report(parse_segment(frame.segment), DeviceSettings())
            if not isinstance(report, Report) or report.cn != 2051:
                continue
            cursor.execute(
                "SELECT pm10_avg, pm25_avg FROM obs_minute WHERE device_id = %s AND ts = %s",
                [device_id, report.ts],
            )
            row = cursor.fetchone()
            if row is not None and row[0] is not None:
                compared += 1
                assert [report.values[3], report.values[6]] == pytest.approx(row, abs=0.01)
        assert compared > 5


def valid_of_expected(name: str) -> list[tuple[int, int]]:
    """(expected, valid) hours of the closed days of the first device of a project, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.expected_hours, c.valid_hours FROM coverage_day c"
            " JOIN equipment_device d ON d.gateway_device_id = c.subject_id"
            " JOIN projects_project p ON p.id = d.project_id"
            " WHERE p.name = %s AND d.name = '扬尘-01' AND c.day < (now() AT TIME ZONE 'Asia/Shanghai')::date"
            " ORDER BY c.day",
            [name],
        )
        found: list[tuple[int, int]] = cursor.fetchall()
    return found


def stories_show() -> None:
    half = valid_of_expected("小店中心卫生院迁建")
    assert [valid for _, valid in half].count(min(valid for _, valid in half)) == 1
    assert half[-6][1] in (11, 12)
    assert valid_of_expected("左云县医院综合楼")[-1] == (24, 0)
    exempt = valid_of_expected("盐湖区河东新苑")
    assert exempt[-8][0] < 24, "免传的小时不在应传里"
    assert exempt[-8][1] * 24 >= exempt[-8][0] * 20
    late = Project.objects.get(name="柏板片区道路一期")
    assert late.connected_on is None
    assert late.access_deadline is not None
    assert late.access_deadline < clock.shanghai_day(clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pending_device")
        assert cursor.fetchone()[0] == 1
        cursor.execute("SELECT count(*), sum(n) FROM quarantine_count")
        assert cursor.fetchone() == (3, 3)


def test_an_interrupted_load_starts_again(
    config: Config, few: list[province.DemoProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(load, "_write_history", _stop)
        with pytest.raises(KeyboardInterrupt):
            run(config, clock.now())
    assert Project.objects.filter(holding=False).exists()
    monkeypatch.setattr(load, "_write_history", lambda *_: None)
    assert "上次没有装完，清空后重装" in run(config, clock.now() + timedelta(minutes=1))
    assert Project.objects.filter(holding=False).count() == len(few)
    assert Project.objects.filter(holding=True).count() == 1


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_system_in_use_is_left_alone(config: Config) -> None:
    make_user("province", make_authority("140000"))
    with pytest.raises(ConfigError, match="系统里已有数据"):
        run(config, clock.now())
    assert not (config.data / load.LOADING_FILE).exists()


@pytest.mark.deep
def test_the_whole_province(config: Config) -> None:
    said = run(config, clock.now())
    assert said[-1].startswith("演示省已装入：75 台设备，45 天历史")
    maps_equal_the_raw_rows()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        assert cursor.fetchone()[0] < 150 * 1024 * 1024

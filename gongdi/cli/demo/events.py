"""演示的事件：网关与探针、平台故障、免传、最近值、连接、隔离、冲突和未登记设备。"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from gongdi.cli.demo.history import Frame, Sample
from gongdi.cli.demo.spine import LoadedDevice
from gongdi.cli.demo.stories import PLATFORM_FAULT, POWER_CUT, STOPPED_SINCE, STUBBORN_SINCE, at
from gongdi.ingest import raw_blocks
from gongdi.ingest.rows import VALUE_COLUMNS, from_micros
from gongdi.kernel.clock import SHANGHAI, day_start
from gongdi.protocols.hj212.replies import build_frame

UNKNOWN_MN = "SX140105999901"
CODES = (
    ("a34001", "tsp"),
    ("a34002", "pm10"),
    ("a34004", "pm25"),
    ("Leq", "noise"),
    ("a01001", "temperature"),
    ("a01002", "humidity"),
    ("a01006", "pressure"),
    ("a01007", "wind_speed"),
    ("a01008", "wind_direction"),
)
NANOGRAMS = 1_000  # 演示设备按标准表 B.2 的单位（纳克）上报，入库是微克
PARTICULATE = ("tsp", "pm10", "pm25")
PLACE = {name: index for index, name in enumerate(VALUE_COLUMNS)}
Recent = dict[int, list[tuple[int, Sample]]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where events are written: the gateway's connection, its instance, the calendar, the present."""

    connection: "psycopg.Connection[Any]"
    gateway_id: int
    frame: Frame
    now: datetime

    def moment(self, minute: int) -> datetime:
        """Instant of a minute of the history."""
        return from_micros(self.frame.micros(minute))


def write_platform(
    gateway: "psycopg.Connection[Any]",
    app: "psycopg.Connection[Any]",
    frame: Frame,
    name: str,
    now: datetime,
) -> int:
    """The gateway of the history with a canary each minute except in the fault; its instance id.

    `name` is that of the real gateway, so that the time between the load and its start is one fault.
    """
    started = day_start(frame.first_day)
    first, last = (from_micros(frame.micros(minute)) for minute in PLATFORM_FAULT)
    row = gateway.execute(
        "INSERT INTO gateway_instance (name, started_at, last_seen, stopped_at) VALUES (%s, %s, %s, %s) RETURNING id",
        (name, started, now, now),
    ).fetchone()
    gateway_id = int(row[0]) if row else 0
    gateway.execute(
        "INSERT INTO canary (gateway_id, minute, committed_at) SELECT %s, m, m + interval '1 second'"
        " FROM generate_series(%s, date_trunc('minute', %s::timestamptz), interval '1 minute') AS m"
        " WHERE NOT (m >= %s AND m < %s)",
        (gateway_id, started, now, first, last),
    )
    app.cursor().executemany(
        "INSERT INTO platform_fault (gateway_id, starts, ends, cause) VALUES (NULL, %s, %s, %s)",
        [
            (started - timedelta(days=365), started, "平台启用之前"),
            (first, last, "网关所在主机重启，探针没有入库"),
        ],
    )
    return gateway_id


def write_exemptions(
    app: "psycopg.Connection[Any]", devices: list[LoadedDevice], frame: Frame, now: datetime
) -> None:
    """One approved power cut, one approved stop, one application that waits."""
    projects = {device.project.story: device.project_id for device in devices}
    spans = [
        ("exempt", "X5", POWER_CUT, "approved", "区域停电，供电公司通知见附件", "赵立安"),
        ("stopped", "X1", (STOPPED_SINCE, at(-60, 0)), "approved", "建设单位申请中止施工安全监督", "赵立安"),
        ("half", "X4", (at(6, 6), at(6, 18, 30)), "applied", "采样泵故障，已更换", ""),
    ]
    for story, code, span, status, reason, approver in spans:
        if story not in projects:
            continue
        starts, ends = (from_micros(frame.micros(minute)) for minute in span)
        applied = min(now, max(starts, min(ends, now)) + timedelta(hours=3))
        app.execute(
            "INSERT INTO telemetry_exemption (project_id, code, starts, ends, status, reason, applied_by, applied_at,"
            " approver, decided_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                projects[story],
                code,
                starts,
                ends,
                status,
                reason,
                "项目部（演示）",
                starts if code == "X1" else applied,
                approver,
                (starts if code == "X1" else min(now, applied + timedelta(hours=20))) if approver else None,
            ),
        )


def write_last(sources: Sources, devices: list[LoadedDevice], recent: Recent, stored: dict[int, int]) -> None:
    """Last values, connections and the newest frames of every device."""
    frames: list[tuple[int, int, bytes]] = []
    with sources.connection.transaction(), sources.connection.cursor() as cursor:
        for seq, device in enumerate(devices, start=1):
            samples = recent[device.plan.device_id]
            built = [(minute, s, minute_frame(device, minute, s, sources)) for minute, s in samples]
            frames += [(device.plan.device_id, s.recv_at, raw) for _, s, raw in built]
            _last(cursor, sources, device, built, stored[device.plan.device_id])
            _connection(cursor, sources, device, seq)
        if frames:
            _raw_block(cursor, sources, sorted(frames, key=lambda frame: frame[1]))


def write_refused(sources: Sources, devices: list[LoadedDevice], recent: Recent) -> None:
    """Three damaged frames, one conflict and one device that nobody registered."""
    device = next(d for d in devices if d.project.story == "fault")
    minute, sample = recent[device.plan.device_id][-1]
    raw = minute_frame(device, minute, sample, sources)
    damaged = raw[:60] + b"?" + raw[61:]
    for back in (1, 2, 4):
        moment = sources.moment(at(back, 10, 5))
        sources.connection.execute(
            "INSERT INTO quarantine (recv_at, gateway_id, device_id, peer, device_no, reason, detail, data)"
            " VALUES (%s, %s, %s, %s, %s, 'wrong_crc', '校验与正文不符', %s)",
            (moment, sources.gateway_id, device.plan.device_id, peer_of(device), device.mn, damaged),
        )
        sources.connection.execute(
            "INSERT INTO quarantine_count (day, source, reason, n) VALUES (%s, %s, 'wrong_crc', 1)",
            (moment.astimezone(SHANGHAI).date(), device.mn),
        )
    sources.connection.execute(
        "INSERT INTO obs_conflict (device_id, ts, cn, recv_at, gateway_id, peer, payload, raw)"
        " VALUES (%s, %s, 2051, %s, %s, %s, %s, %s)",
        (
            device.plan.device_id,
            sources.moment(minute),
            from_micros(sample.recv_at) + timedelta(seconds=40),
            sources.gateway_id,
            peer_of(device),
            json.dumps({"pm10_avg": 12.5}),
            raw,
        ),
    )
    stranger = build_frame(
        f"QN=20260101000000000;ST=39;CN=2011;PW=000000;MN={UNKNOWN_MN};Flag=5;"
        "CP=&&DataTime=20260101000000;a34002-Rtd=61.0,a34002-Flag=N&&".encode()
    )
    sources.connection.execute(
        "INSERT INTO pending_device (device_no, first_seen, last_seen, n, peer, st, frames)"
        " VALUES (%s, %s, %s, 41, '10.14.9.99:40022', '39', %s)",
        (UNKNOWN_MN, sources.moment(at(1, 8)), sources.now, [stranger]),
    )


def minute_frame(device: LoadedDevice, minute: int, sample: Sample, sources: Sources) -> bytes:
    """The CN 2051 frame that the device would have sent for a stored sample."""
    start = sources.moment(minute).astimezone(SHANGHAI)
    sent = from_micros(sample.recv_at).astimezone(SHANGHAI)
    parts = [f"DataTime={start:%Y%m%d%H%M%S}"]
    for index, (code, name) in enumerate(CODES):
        mark = "D" if sample.marks >> 4 * index & 15 == 5 else "N"
        scale = NANOGRAMS if name in PARTICULATE else 1
        fields = []
        for part, tag in (("avg", "Avg"), ("min", "Min"), ("max", "Max")):
            place = PLACE.get(f"{name}_{part}")
            value = None if place is None else sample.values[place]
            if value is not None:
                fields.append(f"{code}-{tag}={scale * value:.1f}")
        parts.append(",".join([*fields, f"{code}-Flag={mark}"]))
    head = f"QN={sent:%Y%m%d%H%M%S}000;ST=39;CN=2051;PW={device.password};MN={device.mn};Flag=5;"
    return build_frame(f"{head}CP=&&{';'.join(parts)}&&".encode())


def peer_of(device: LoadedDevice) -> str:
    """Invented address of the site's mobile link."""
    return f"10.14.{device.project.index + 1}.{device.number}:{40000 + device.plan.seed}"


def _last(
    cursor: "psycopg.Cursor[Any]",
    sources: Sources,
    device: LoadedDevice,
    built: list[tuple[int, Sample, bytes]],
    stored: int,
) -> None:
    plan = device.plan
    silent = device.project.story in ("silent", "stopped")
    if built:
        minute, sample, raw = built[-1]
        data_ts, data_recv_at = sources.moment(minute), from_micros(sample.recv_at)
        text = {"2051": {"at": data_recv_at.isoformat(), "text": raw.decode("ascii")}}
    else:
        data_ts = data_recv_at = sources.moment(STOPPED_SINCE + 595)
        sample, text = None, {}
    skew = -float(plan.clock_slow_s) if plan.clock_slow_s else 0.4 + plan.seed % 7 / 5
    valid = data_ts if sample is None or sample.valid else sources.moment(plan.faulty[0][0] - plan.interval)
    cursor.execute(
        "INSERT INTO device_last (device_id, gateway_id, heard_at, data_ts, data_recv_at, valid_ts, acked, stored,"
        " skew_n, skew_s, peer, frames) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 20, %s, %s, %s)",
        (
            plan.device_id,
            sources.gateway_id,
            data_recv_at if silent else sources.now - timedelta(seconds=20),
            data_ts,
            data_recv_at,
            valid,
            stored,
            stored,
            skew,
            peer_of(device),
            json.dumps(text),
        ),
    )


def _connection(cursor: "psycopg.Cursor[Any]", sources: Sources, device: LoadedDevice, seq: int) -> None:
    plan = device.plan
    closed, why = sources.now, "平台停止"
    if device.project.story == "silent" and plan.gaps:
        closed, why = sources.moment(plan.gaps[-1][0]), "对端断开"
    if device.project.story == "stopped":
        closed, why = sources.moment(STOPPED_SINCE + 600), "对端断开"
    opened = max(sources.moment(plan.since), sources.moment(PLATFORM_FAULT[1]))
    if plan.clock_slow_s:
        opened = sources.moment(STUBBORN_SINCE)
    cursor.execute(
        "INSERT INTO connection_log (opened_at, closed_at, gateway_id, seq, device_id, device_no, peer, why)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            min(opened, closed - timedelta(minutes=1)),
            closed,
            sources.gateway_id,
            seq,
            plan.device_id,
            device.mn,
            peer_of(device),
            why,
        ),
    )


def _raw_block(cursor: "psycopg.Cursor[Any]", sources: Sources, frames: list[tuple[int, int, bytes]]) -> None:
    cursor.execute(
        "INSERT INTO raw_block (first_at, last_at, gateway_id, n, device_ids, payload)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (
            from_micros(frames[0][1]),
            from_micros(frames[-1][1]),
            sources.gateway_id,
            len(frames),
            [device for device, _, _ in frames],
            raw_blocks.encode([raw for _, _, raw in frames], [at_ for _, at_, _ in frames]),
        ),
    )

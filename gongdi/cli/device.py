"""命令 gongdi device：登记扬尘设备、查看一台设备的收发情况。"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from gongdi.cli.arguments import Parser
from gongdi.config.load import Config, ConfigError, load

SHOW = """
SELECT device.id,
       (SELECT count(*) FROM obs_minute o WHERE o.device_id = device.id AND NOT EXISTS (
               SELECT FROM obs_block b
                WHERE b.device_id = o.device_id AND b.day = (o.ts AT TIME ZONE 'Asia/Shanghai')::date))
           + (SELECT coalesce(sum(n), 0) FROM obs_block WHERE device_id = device.id)
           + (SELECT count(*) FROM obs_reported WHERE device_id = device.id),
       (SELECT count(*) FROM obs_conflict WHERE device_id = device.id),
       (SELECT coalesce(sum(n), 0) FROM device_repeat WHERE device_id = device.id),
       last.acked, last.data_ts, last.skew_s
  FROM gateway_device device LEFT JOIN device_last last ON last.device_id = device.id
 WHERE device.kind = 'dust' AND device.device_no = %s
"""
QUARANTINED = "SELECT reason, sum(n) FROM quarantine_count WHERE source = %s GROUP BY reason ORDER BY reason"
LAST_STORED = "SELECT max(ts) FROM obs_minute WHERE device_id = %s"


@dataclass(frozen=True, slots=True)
class Entry:
    """One device to register; `project` is the official number of a project or empty."""

    mn: str
    password: str
    project: str = ""
    profile: str = ""


def run(words: Sequence[str]) -> int:
    """`gongdi device add|show`, on the running system found through its database."""
    options = _parser().parse_args(list(words))
    config = load(os.environ)
    try:
        if options.action == "add":
            return _add(_entries(options))
        return _show(config, options.mn, options.json)
    except psycopg.OperationalError:
        raise ConfigError("连不上数据库：请先用 make run 启动系统，或用 --data 指明它的数据目录。") from None


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="gongdi device", description="扬尘设备")
    actions = parser.add_subparsers(dest="action", required=True, metavar="add|show")
    add = actions.add_parser("add", help="登记设备，两秒内网关认得")
    add.add_argument("mn", nargs="?", default="", help="设备编号 MN")
    add.add_argument("--password", default="", help="访问密码 PW")
    add.add_argument("--project", default="", help="项目编号，不写则进入待分配设备")
    add.add_argument("--profile", default="", help="兼容方案名称，如 crc-modbus")
    add.add_argument("--file", type=Path, help="CSV 文件，表头 mn,password,project,profile")
    show = actions.add_parser("show", help="查看设备的收发情况")
    show.add_argument("mn", help="设备编号 MN")
    show.add_argument("--json", action="store_true", help="输出 JSON")
    return parser


def _entries(options: argparse.Namespace) -> list[Entry]:
    if options.file is not None:
        return _read_csv(options.file)
    if not options.mn or not options.password:
        raise ConfigError("登记设备要写设备编号和 --password，或用 --file 给出 CSV 文件。")
    return [Entry(options.mn, options.password, options.project, options.profile)]


def _read_csv(path: Path) -> list[Entry]:
    """Rows of a CSV with header `mn,password,project,profile` (the last two optional), UTF-8."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"mn", "password"} <= set(reader.fieldnames or ()):
                raise ConfigError(f"{path} 的第一行应是表头 mn,password,project,profile。")
            keys = ("mn", "password", "project", "profile")
            rows = [
                (reader.line_num, Entry(*((row.get(key) or "").strip() for key in keys))) for row in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise ConfigError(f"读不了 {path}：应是 UTF-8 编码的 CSV 文件。") from None
    for number, row in rows:
        if not row.mn or not row.password:
            raise ConfigError(f"{path} 第 {number} 行缺少 mn 或 password。")
    return [row for _, row in rows]


def _add(entries: list[Entry]) -> int:
    from gongdi.cli.registration import register  # Django is set up only here

    registered = register([(entry.mn, entry.password, entry.project, entry.profile) for entry in entries])
    print(f"已登记 {registered} 台设备。")
    return 0


def _show(config: Config, mn: str, as_json: bool) -> int:
    with psycopg.connect(config.dsn("app"), connect_timeout=5) as connection:
        row = connection.execute(SHOW, (mn,)).fetchone()
        counts: dict[str, int] = dict(connection.execute(QUARANTINED, (mn,)).fetchall())
        if row is None:
            raise ConfigError(f"没有登记过设备 {mn}，请先运行 gongdi device add {mn} --password 密码。")
        device_id, stored, conflicts, repeats, acked, data_ts, skew = row
        newest = connection.execute(LAST_STORED, (device_id,)).fetchall()
    found = _report(stored, conflicts, max(acked or 0, stored + conflicts + repeats))
    last = max((at for at in (data_ts, newest[0][0]) if at is not None), default=None)
    found["quarantined"] = {reason: int(n) for reason, n in counts.items()}
    found["last_data_time"] = _beijing(last)
    found["clock_skew_s"] = None if skew is None else round(float(skew), 1)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for key, value in found.items():
            print(f"{key}\t{value}")
    sys.stdout.flush()
    return 0


def _report(stored: int, conflicts: int, acked: int) -> dict[str, Any]:
    return {
        "acked": int(acked),
        "stored": int(stored),
        "quarantined": {},
        "conflicts": int(conflicts),
        "last_data_time": None,
        "clock_skew_s": None,
    }


def _beijing(moment: datetime | None) -> str | None:
    return moment.astimezone(ZoneInfo("Asia/Shanghai")).isoformat() if moment else None

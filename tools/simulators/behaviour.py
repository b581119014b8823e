"""模拟设备的脾气：好的，以及真实工地上见过的各种毛病。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tools.simulators.values import FACTORS, reading, spread
from tools.simulators.wire import frame, modbus_crc, stamp

BEHAVIOURS: dict[str, str] = {
    "good": "完全合规",
    "modbus": "校验用通用 MODBUS 算法",
    "wrong_crc": "每三帧有一帧校验与正文不符",
    "wrong_length": "声明长度把校验和回车换行也算进去",
    "glued": "帧与帧之间没有回车换行",
    "twelve_hour": "时间用十二小时制",
    "skew": "时钟快七分钟，接受校时",
    "stubborn": "时钟慢二十分钟，不理会校时",
    "wrong_password": "密码不对",
    "unknown": "未登记的设备",
    "microgram": "颗粒物以微克上报，登记的却是标准的纳克",
    "milligram": "颗粒物以毫克上报，登记的却是标准的纳克",
    "mute": "不理会平台的任何命令",
    "gap": "每小时有八分钟不上传，补传请求能取回",
    "flaky": "每五分钟断线一次",
    "old": "2005 版报文，没有 QN",
    "faulty": "颗粒物传感器故障，标记 D",
    "garbage": "帧前夹杂乱码",
}
PM = ("a34001", "a34002", "a34004")
SCALE = {"ng": 1000.0, "ug": 1.0, "mg": 0.001, "microgram": 1.0, "milligram": 0.001}


@dataclass(frozen=True, slots=True)
class Spec:
    """One line of `demo-devices.json`: who the device is and how it behaves."""

    mn: str
    password: str
    interval: int = 1
    behaviour: str = "good"
    realtime_s: float = 60.0
    pm_unit: str = "ng"

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "Spec":
        """Take the known keys of a JSON object; unknown ones are the demo loader's own."""
        behaviour = str(row.get("behaviour") or "good")
        if behaviour not in BEHAVIOURS:
            raise ValueError(f"未知的模拟行为：{behaviour}")
        return cls(
            mn=str(row["mn"]),
            password=str(row["password"]),
            interval=int(row.get("interval") or 1),
            behaviour=behaviour,
            realtime_s=float(row.get("realtime_s") or 60.0),
            pm_unit=str(row.get("pm_unit") or (row.get("units") or {}).get("pm") or "ng"),
        )

    @property
    def offset(self) -> timedelta:
        """How far the device's own clock is off at power-up."""
        return {"skew": timedelta(minutes=7), "stubborn": timedelta(minutes=-20)}.get(
            self.behaviour, timedelta()
        )

    @property
    def obeys(self) -> bool:
        """Say whether the device answers commands at all."""
        return self.behaviour not in ("mute", "old")


def write_time(moment: datetime, spec: Spec) -> str:
    """DataTime as this firmware prints it."""
    return moment.strftime("%Y%m%d%I%M%S" if spec.behaviour == "twelve_hour" else "%Y%m%d%H%M%S")


def header(spec: Spec, cn: int, moment: datetime, ack: bool = True, st: str = "39") -> str:
    """Everything before CP."""
    password = "no" + spec.password if spec.behaviour == "wrong_password" else spec.password
    if spec.behaviour == "old":
        return f"ST={st};CN={cn};PW={password};MN={spec.mn};Flag={int(ack)};"
    return f"QN={stamp(moment)};ST={st};CN={cn};PW={password};MN={spec.mn};Flag={4 + int(ack)};"


def realtime(spec: Spec, moment: datetime) -> bytes:
    """A CN 2011 segment of now."""
    items = [
        f"{code}-Rtd={_scaled(code, value, spec):.4f},{code}-Flag={_mark(code, spec)}"
        for code, value in reading(spec.mn, moment).items()
    ]
    return _segment(spec, 2011, moment, moment, items)


def period(spec: Spec, cn: int, start: datetime, moment: datetime) -> bytes:
    """A CN 2051 or 2061 segment of the period that begins at `start`, sent at `moment`."""
    values = reading(spec.mn, start)
    minute = int(start.timestamp() // 60)
    items = []
    for code in FACTORS:
        mean, low, high = spread(values[code], spec.mn, minute, code)
        numbers = [f"{_scaled(code, number, spec):.4f}" for number in (mean, low, high)]
        items.append(
            f"{code}-Avg={numbers[0]},{code}-Min={numbers[1]},{code}-Max={numbers[2]},"
            f"{code}-Flag={_mark(code, spec)}"
        )
    return _segment(spec, cn, start, moment, items)


def dress(segment: bytes, spec: Spec, count: int) -> bytes:
    """Turn a segment into what this firmware puts on the wire; `count` numbers its frames."""
    if spec.behaviour == "modbus":
        return frame(segment, modbus_crc(segment))
    if spec.behaviour == "wrong_length":
        return frame(segment, longer=6)
    if spec.behaviour == "wrong_crc" and count % 3 == 2:
        return frame(segment, modbus_crc(segment + b" "))
    whole = frame(segment)
    if spec.behaviour == "glued":
        return whole[:-2]
    if spec.behaviour == "garbage" and count % 5 == 4:
        return b"Real\x00?#" + whole
    return whole


def _segment(spec: Spec, cn: int, data_time: datetime, moment: datetime, items: list[str]) -> bytes:
    body = ";".join([f"DataTime={write_time(data_time, spec)}", *items])
    return f"{header(spec, cn, moment)}CP=&&{body}&&".encode()


def _scaled(code: str, value: float, spec: Spec) -> float:
    return value * SCALE.get(spec.behaviour, SCALE[spec.pm_unit]) if code in PM else value


def _mark(code: str, spec: Spec) -> str:
    return "D" if spec.behaviour == "faulty" and code in PM else "N"

"""对话表：设备发来的字节 → 平台的应答、入库、隔离；经真的网关进程和真的套接字，一次全部演完。"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gongdi.cli.main import main
from gongdi.protocols.hj212.crc import modbus
from tests.gateways.packets import BEIJING
from tests.gateways.process import Dsn, Wire, command_fields, gateway, register, reply, rows, until
from tests.protocols.hj212_samples import bitwise_crc

PW = "pw-7"
QN = "20260301080000123"
START = datetime.now(BEIJING).replace(second=0, microsecond=0) - timedelta(minutes=5)
STAMP = f"{START:%Y%m%d%H%M%S}"
LATER = f"{START + timedelta(minutes=1):%Y%m%d%H%M%S}"
PM10 = f"DataTime={STAMP};a34002-Avg=80.5,a34002-Flag=N"
ACK = f"QN={QN};ST=91;CN=9014;PW={PW};MN={{mn}};Flag=4;CP=&&&&"
OLD_ACK = f"ST=91;CN=9014;PW={PW};MN={{mn}};Flag=0;CP=&&{{qn}}&&"
Framing = Callable[[bytes], bytes]


def strict(segment: bytes) -> bytes:
    return b"##%04d%b%04X\r\n" % (len(segment), segment, bitwise_crc(segment))


def by_modbus(segment: bytes) -> bytes:
    return b"##%04d%b%04X\r\n" % (len(segment), segment, modbus(segment))


def plus_six(segment: bytes) -> bytes:
    return b"##%04d%b%04X\r\n" % (len(segment) + 6, segment, bitwise_crc(segment))


def glued(segment: bytes) -> bytes:
    return strict(segment)[:-2]


def behind_junk(segment: bytes) -> bytes:
    return b"Real" + strict(segment)


def lower(segment: bytes) -> bytes:
    whole = strict(segment)
    return whole[:-6] + whole[-6:].lower()


def broken(segment: bytes) -> bytes:
    return strict(segment).replace(b"80.5", b"20.5")


@dataclass(frozen=True)
class Say:
    """One frame of the device; fields that are empty are left out."""

    area: str = PM10
    cn: int = 2051
    flag: str = "5"
    qn: str = QN
    pw: str = PW
    more: str = ""
    framing: Framing = strict

    def bytes(self, mn: str) -> bytes:
        """The frame on the wire."""
        head = [f"QN={self.qn}"] if self.qn else []
        head += ["ST=39", f"CN={self.cn}", f"PW={self.pw}", f"MN={mn}"]
        head += [f"Flag={self.flag}"] if self.flag else []
        head += [self.more] if self.more else []
        return self.framing(f"{';'.join(head)};CP=&&{self.area}&&".encode())


@dataclass(frozen=True)
class Talk:
    """What a device says and what must come of it; `answers` in any order, MN filled in."""

    says: tuple[Say, ...]
    answers: tuple[str, ...] = ()
    acked: int = 0
    stored: int = 0
    conflicts: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    registered: bool = True
    byte_by_byte: bool = False
    row: tuple[str, float, int] | None = None


PART = "Flag=7;PNUM=2;PNO={}"
TALKS: dict[str, Talk] = {
    "2017, answer wanted": Talk((Say(),), (ACK,), 1, 1, row=("pm10_avg", 80.5, 0x10)),
    "2017, no answer wanted": Talk((Say(flag="4"),), (), 1, 1),
    "2005 with a number": Talk((Say(flag="1"),), (OLD_ACK.replace("{qn}", f"QN={QN}"),), 1, 1),
    "2005 without a number": Talk((Say(flag="1", qn=""),), (OLD_ACK.replace("{qn}", ""),), 1, 1),
    "2005 with its number in the area": Talk(
        (Say(f"QN={QN};{PM10}", flag="1", qn=""),), (OLD_ACK.replace("{qn}", f"QN={QN}"),), 1, 1,
        row=("pm10_avg", 80.5, 0x10),
    ),
    "state, 2005 with its number in the area": Talk(
        (Say(f"DataTime={STAMP};QN={QN};SB1-RS=1", 2021, "1", ""),), (OLD_ACK.replace("{qn}", f"QN={QN}"),)
    ),
    "2005 without Flag": Talk((Say(flag="", qn=""),), (), 1, 1),
    "version 2 is answered like 2017": Talk((Say(flag="9"),), (ACK,), 1, 1),
    "2025 by setting": Talk(
        (Say(flag="9"),), (ACK.replace("Flag=4", "Flag=8"),), 1, 1, profile={"edition_2025": True}
    ),
    "realtime": Talk((Say(f"DataTime={STAMP};a34002-Rtd=80.5,a34002-Flag=N", 2011),), (ACK,)),
    "hour as reported": Talk((Say(cn=2061),), (ACK,), 1, 1),
    "day as reported": Talk((Say(cn=2031),), (ACK,), 1, 1),
    "sent twice": Talk((Say(), Say()), (ACK, ACK), 2, 1),
    "sent twice with other numbers": Talk((Say(), Say(PM10.replace("80.5", "90"))), (ACK, ACK), 2, 1, 1),
    "two minutes": Talk((Say(), Say(PM10.replace(STAMP, LATER))), (ACK, ACK), 2, 2),
    "wrong password": Talk((Say(pw="guess"),), quarantined={"wrong_password": 1}),
    "no password": Talk((Say(pw=""),), quarantined={"wrong_password": 1}),
    "wrong password of a time check": Talk(
        (Say("", 1013, pw="guess"),),
        (f"QN={QN};ST=91;CN=9011;PW=guess;MN={{mn}};Flag=4;CP=&&QnRtn=3&&",),
        quarantined={"wrong_password": 1},
    ),
    "wrong password of a time check, 2005 with its number in the area": Talk(
        (Say(f"QN={QN}", 1013, "1", "", "guess"),),
        (f"ST=91;CN=9011;PW=guess;MN={{mn}};Flag=0;CP=&&QN={QN};QnRtn=3&&",),
        quarantined={"wrong_password": 1},
    ),
    "wrong password of a time check in another edition than the data": Talk(
        (Say(), Say("", 1013, "1", pw="guess")),
        (ACK, f"ST=91;CN=9011;PW=guess;MN={{mn}};Flag=0;CP=&&QN={QN};QnRtn=3&&"),
        1, 1, quarantined={"wrong_password": 1},
    ),
    "wrong CRC": Talk((Say(framing=broken),), quarantined={"wrong_crc": 1}),
    "wrong CRC, then right": Talk((Say(framing=broken), Say()), (ACK,), 1, 1, quarantined={"wrong_crc": 1}),
    "unregistered": Talk((Say(),), registered=False),
    "future": Talk((Say("DataTime=20991231235900;a34002-Avg=1"),), quarantined={"time": 1}),
    "long ago": Talk((Say("DataTime=20190101000000;a34002-Avg=1"),), quarantined={"time": 1}),
    "no time": Talk((Say("a34002-Avg=1"),), quarantined={"time": 1}),
    "no such time": Talk((Say("DataTime=20260230080000;a34002-Avg=1"),), quarantined={"time": 1}),
    "time without seconds": Talk((Say("DataTime=202603010800;a34002-Avg=1"),), quarantined={"time": 1}),
    "state of the instruments": Talk((Say(f"DataTime={STAMP};SB1-RS=1", 2021),), (ACK,)),
    "boot time": Talk((Say(f"DataTime={STAMP};RestartTime={STAMP}", 2081),), (ACK,)),
    "heartbeat of 2017": Talk((Say("", 9021, "4"),), (ACK.replace("9014", "9021"),)),
    "heartbeat of 2005": Talk(
        (Say("", 9021, "", ""),), (f"ST=91;CN=9021;PW={PW};MN={{mn}};Flag=0;CP=&&&&",)
    ),
    "answers are not answered": Talk((Say("QnRtn=1", 9011), Say("ExeRtn=1", 9012), Say("", 9013)), ()),
    "glued": Talk((Say(framing=glued), Say(PM10.replace(STAMP, LATER))), (ACK, ACK), 2, 2),
    "junk before": Talk((Say(framing=behind_junk),), (ACK,), 1, 1),
    "lower-case CRC": Talk((Say(framing=lower),), (ACK,), 1, 1),
    "byte by byte": Talk((Say(),), (ACK,), 1, 1, byte_by_byte=True),
    "MODBUS, strict": Talk((Say(framing=by_modbus),), quarantined={"wrong_crc": 1}),
    "MODBUS, by profile": Talk((Say(framing=by_modbus),), (ACK,), 1, 1, profile={"base": "crc-modbus"}),
    "six too many, by profile": Talk(
        (Say(framing=plus_six), Say(PM10.replace(STAMP, LATER), framing=plus_six)),
        (ACK, ACK), 2, 2, profile={"base": "length-plus6"},
    ),
    "a profile takes the standard no more from the wire than its own": Talk(
        (Say(framing=by_modbus), Say(PM10.replace(STAMP, LATER))),
        (ACK, ACK), 2, 2, profile={"base": "crc-modbus"},
    ),
    "two parts": Talk(
        (
            Say(flag="", more=PART.format(1)),
            Say(f"DataTime={STAMP};a34004-Avg=30,a34004-Flag=N", flag="", more=PART.format(2)),
        ),
        (ACK, ACK), 1, 1, row=("pm25_avg", 30, 0x110),
    ),
    "nanograms": Talk(
        (Say(PM10.replace("80.5", "80500")),), (ACK,), 1, 1, profile={"pm_unit": "ng"}, row=("pm10_avg", 80.5, 0x10)
    ),
    "milligrams": Talk(
        (Say(PM10.replace("80.5", "0.0805")),), (ACK,), 1, 1, profile={"pm_unit": "mg"}, row=("pm10_avg", 80.5, 0x10)
    ),
    "implausible is stored and marked": Talk(
        (Say(PM10.replace("80.5", "80500")),), (ACK,), 1, 1, row=("pm10_avg", 80_500, 0xB0)
    ),
    "no number": Talk((Say(PM10.replace("80.5", "nan")),), (ACK,), 1, 1),
    "faulty instrument": Talk(
        (Say(PM10.replace("=N", "=D")),), (ACK,), 1, 1, row=("pm10_avg", 80.5, 0x50)
    ),
    "nothing but a time": Talk((Say(f"DataTime={STAMP}"),), (ACK,), 1, 1),
}  # fmt: skip


@dataclass
class Played:
    """What the devices received."""

    answers: dict[str, list[str]]
    dsn: Dsn


def number_of(name: str) -> str:
    """MN of a talk's device."""
    return f"TALK{list(TALKS).index(name):04d}"


def play(port: int, name: str, talk: Talk) -> Wire:
    """Say everything on a link of its own."""
    wire, mn = Wire(port), number_of(name)
    for say in talk.says:
        data = say.bytes(mn)
        if talk.byte_by_byte:
            for byte in data:
                wire.send(bytes([byte]))
        else:
            wire.send(data)
    return wire


@pytest.fixture(scope="module")
def played(
    data: Path, dsn: Dsn, clean_module: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    """Play every talk on one gateway and collect what comes back."""
    for name, talk in TALKS.items():
        if talk.registered:
            profile = {"pm_unit": "ug", "commands": False, **talk.profile}
            register(dsn, number_of(name), PW, profile=json.dumps(profile))
    with gateway(data, tmp_path_factory.mktemp("talks")) as process:
        wires = {name: play(process.port, name, talk) for name, talk in TALKS.items()}
        answers: dict[str, list[str]] = {}
        for name, wire in wires.items():
            wanted = len(TALKS[name].answers)
            answers[name] = [wire.answer(10.0).decode() for _ in range(wanted)]
        time.sleep(0.5)
        for name, wire in wires.items():
            while extra := wire.answer(0.01):
                answers[name].append(extra.decode())
        yield Played(answers, dsn)
        for wire in wires.values():
            wire.close()


@pytest.mark.parametrize("name", TALKS)
def test_the_device_is_answered_as_the_table_says(played: Played, name: str) -> None:
    expected = sorted(answer.format(mn=number_of(name)) for answer in TALKS[name].answers)
    assert sorted(played.answers[name]) == expected


@pytest.mark.parametrize("name", [name for name, talk in TALKS.items() if talk.registered])
def test_device_show_counts_as_the_table_says(
    played: Played, name: str, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA", str(data))
    talk = TALKS[name]

    def shown() -> dict[str, Any]:
        assert main(["device", "show", number_of(name), "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    counts = {
        "acked": talk.acked,
        "stored": talk.stored,
        "quarantined": talk.quarantined,
        "conflicts": talk.conflicts,
    }
    until(lambda: {key: shown()[key] for key in counts} == counts, 4, f"{name}：{shown()}")
    last = shown()["last_data_time"]
    says = [say for say in talk.says if say.cn == 2051 and talk.stored]
    assert last == (
        None
        if not says
        else (START if LATER not in says[-1].area else START + timedelta(minutes=1)).isoformat()
    )


@pytest.mark.parametrize("name", [name for name, talk in TALKS.items() if talk.row is not None])
def test_the_row_holds_the_value_in_the_stored_unit(played: Played, name: str) -> None:
    row = TALKS[name].row
    assert row is not None
    column, value, marks = row
    query = (
        f"SELECT {column}, marks, ts FROM obs_minute o JOIN gateway_device d ON d.id = o.device_id"
        " WHERE device_no = %s"
    )
    assert rows(played.dsn, query, number_of(name)) == [(pytest.approx(value), marks, START)]


def test_an_unregistered_device_waits_to_be_registered(played: Played) -> None:
    query = "SELECT n, st FROM pending_device WHERE device_no = %s"
    until(lambda: rows(played.dsn, query, number_of("unregistered")) == [(1, "39")], 4)


def test_a_dialect_is_marked_in_the_source_of_its_rows(played: Played) -> None:
    query = "SELECT DISTINCT source FROM obs_minute o JOIN gateway_device d ON d.id = o.device_id WHERE device_no = %s"
    assert rows(played.dsn, query, number_of("six too many, by profile")) == [(4,)]
    assert rows(played.dsn, query, number_of("2017, answer wanted")) == [(0,)]


@pytest.mark.parametrize(("flag", "separate"), [("5", "QN={qn};ST=91;CN=9013;"), ("1", "ST=91;CN=9013;")])
def test_a_time_check_is_noticed_and_answered_by_the_time(
    dsn: Dsn, data: Path, clean_module: None, tmp_path: Path, flag: str, separate: str
) -> None:
    mn = f"TIME{flag}"
    register(dsn, mn, PW)
    with gateway(data, tmp_path) as process:
        wire = process.wire()
        wire.send(Say("", 1013, flag).bytes(mn))
        assert wire.answer().decode().startswith(separate.format(qn=QN))
        command = command_fields(wire.answer())
        assert (command["CN"], command["MN"], command["PW"], command["Flag"]) == ("1012", mn, PW, flag)
        told = datetime.strptime(command["SystemTime"], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        assert abs((datetime.now(BEIJING) - told).total_seconds()) < 5
        wire.send(reply(9011, command, "QnRtn=1"), reply(9012, command, "ExeRtn=1"))
        wire.send(Say().bytes(mn))
        assert b"CN=9014" in wire.answer()

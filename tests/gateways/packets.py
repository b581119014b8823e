"""网关测试用的设备、报文和会话。"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gongdi.gateways.devices import Device, Live, Registry
from gongdi.gateways.limits import Limits, limits_of
from gongdi.gateways.session import House, Session
from gongdi.kernel.policy import DEFAULTS
from gongdi.protocols.hj212.profiles import profile_from
from gongdi.protocols.hj212.replies import build_frame

BEIJING = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 25, 12, 0, 30, tzinfo=BEIJING)
NOW = NOON.timestamp()
LIMITS = limits_of(DEFAULTS, date(2026, 11, 25))
MN, PASSWORD = "SITE0001", "secret9"
MICROGRAM = profile_from({"pm_unit": "ug"})


def device(number: int = 7, mn: str = MN, **changes: object) -> Device:
    """One registered device."""
    base = Device(id=number, mn=mn, secret=PASSWORD.encode(), profile=MICROGRAM)
    return replace(base, **changes)  # type: ignore[arg-type]


def house(*devices: Device, limits: Limits = LIMITS) -> House:
    """The shared state with these devices."""
    registry = Registry(limits)
    registry.replace(devices or (device(),), NOW)
    return House(registry, limits, lambda now: datetime.fromtimestamp(now, BEIJING), oldest=NOW - 40 * 86400)


def session(shared: House, peer: str = "10.1.2.3:4000", now: float = NOW) -> Session:
    """A new link."""
    return Session(shared, peer, now, peer.rpartition(":")[0])


def live(shared: House, mn: str = MN) -> Live:
    """State of a device."""
    return shared.registry.by_mn[mn]


def segment(cn: int, area: str, mn: str = MN, password: str = PASSWORD, flag: str = "5") -> bytes:
    """A data segment with a fixed QN."""
    return f"QN=20261125120030000;ST=39;CN={cn};PW={password};MN={mn};Flag={flag};CP=&&{area}&&".encode()


def minute(
    start: datetime, pm10: float = 80.0, mn: str = MN, password: str = PASSWORD, flag: str = "5"
) -> bytes:
    """A minute frame (CN 2051)."""
    area = f"DataTime={start:%Y%m%d%H%M%S};a34002-Avg={pm10},a34002-Flag=N;LA-Avg=55.1,LA-Flag=N"
    return build_frame(segment(2051, area, mn, password, flag))


def realtime(at: datetime, pm10: float = 80.0, mn: str = MN, flag: str = "5") -> bytes:
    """A realtime frame (CN 2011)."""
    area = f"DataTime={at:%Y%m%d%H%M%S};a34002-Rtd={pm10},a34002-Flag=N"
    return build_frame(segment(2011, area, mn, flag=flag))


def plain(cn: int, area: str = "", mn: str = MN, password: str = PASSWORD, flag: str = "5") -> bytes:
    """Any other frame."""
    return build_frame(segment(cn, area, mn, password, flag))


def minutes_before(count: int) -> datetime:
    """Start of a minute `count` minutes before noon."""
    return NOON.replace(second=0).astimezone(UTC).astimezone(BEIJING) - timedelta(minutes=count)

"""网关眼里的设备：编号到设备的内存表，以及每台设备此刻的连接状态。"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gongdi.gateways.clocks import DeviceClock
from gongdi.gateways.commander import Commander
from gongdi.gateways.limits import Bucket, Limits
from gongdi.protocols.hj212.profiles import STRICT, Profile, ProfileError, profile_from
from gongdi.protocols.hj212.reports import ReportReader, reader_for

if TYPE_CHECKING:
    from gongdi.gateways.session import Session


@dataclass(frozen=True, slots=True)
class Device:
    """A row of `gateway_device` (设备): everything a gateway knows; times in epoch seconds."""

    id: int
    mn: str
    secret: bytes
    interval_min: int = 1
    profile: Profile = STRICT
    commands: bool | None = None
    realtime_s: int | None = None
    is_relay: bool = False
    relay_of: int | None = None
    valid_from: float = 0.0
    valid_to: float | None = None


@dataclass(slots=True, eq=False)
class Live:
    """What this process knows of a device between two packets (在线状态)."""

    device: Device
    bucket: Bucket
    commander: Commander
    reader: ReportReader
    clock: DeviceClock = field(default_factory=DeviceClock)
    holder: "Session | None" = None
    rival: "Session | None" = None
    rival_frames: int = 0
    edition: int = 0
    st: str = ""
    wrong_passwords: int = 0
    address: str = ""
    configured_at: float = 0.0
    no_history_until: float = 0.0
    diagnosis: str | None = None

    @property
    def takes_commands(self) -> bool:
        """Say whether commands may be sent: the device's own setting, else editions from 2017 on."""
        chosen = self.device.commands
        return chosen if chosen is not None else self.edition >= 2017

    def password_fits(self, given: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.device.secret, given.encode())

    def in_service(self, now: float) -> bool:
        """Say whether the registration is valid now."""
        device = self.device
        return device.valid_from <= now and (device.valid_to is None or now < device.valid_to)


class Registry:
    """The map MN -> device (设备表) of one process; `replace` is called after every NOTIFY 'devices'."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.by_mn: dict[str, Live] = {}
        self.by_id: dict[int, Live] = {}

    def replace(self, devices: Iterable[Device], now: float) -> list[Live]:
        """Take the rows as they are now; return those whose link must end: removed or new password."""
        before, self.by_mn, self.by_id = self.by_id, {}, {}
        ended = []
        for device in devices:
            live = before.pop(device.id, None)
            if live is None:
                live = self._start(device, now)
            elif live.device != device:
                if (live.device.secret, live.device.mn) != (device.secret, device.mn):
                    ended.append(live)
                live.device = device
                live.reader = reader_for(device.profile.settings)
            self.by_mn[device.mn] = live
            self.by_id[device.id] = live
        return [*ended, *before.values()]

    def _start(self, device: Device, now: float) -> Live:
        limits = self.limits
        bucket = Bucket(limits.frames_per_second, limits.frame_burst, limits.frame_burst, now)
        commander = Commander(limits.over_time_s, limits.retries)
        return Live(device, bucket, commander, reader_for(device.profile.settings))


OWN_KEYS = ("commands", "realtime_s", "relay")
COLUMNS = "id, device_no, secret, interval_min, profile, relay_of, valid_from, valid_to"
Row = tuple[int, str, str, int, Mapping[str, Any], int | None, datetime, datetime | None]


def device_of(row: Row) -> tuple[Device, str]:
    """Read a row of `COLUMNS`; the second value is the complaint (Chinese) about an unusable profile, or empty.

    `profile` holds the codec's keys and three of the gateway: `commands` (bool), `realtime_s`, `relay`.
    """
    number, mn, secret, interval, stored, relay_of, valid_from, valid_to = row
    codec = {key: value for key, value in stored.items() if key not in OWN_KEYS}
    complaint = ""
    try:
        profile = profile_from(codec)
    except ProfileError as error:
        profile, complaint = STRICT, str(error)
    commands, realtime = stored.get("commands"), stored.get("realtime_s")
    device = Device(
        id=number,
        mn=mn,
        secret=secret.encode(),
        interval_min=interval,
        profile=profile,
        commands=commands if isinstance(commands, bool) else None,
        realtime_s=realtime if type(realtime) is int else None,
        is_relay=stored.get("relay") is True,
        relay_of=relay_of,
        valid_from=valid_from.timestamp(),
        valid_to=valid_to.timestamp() if valid_to else None,
    )
    return device, complaint

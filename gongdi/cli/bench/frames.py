"""压测用的分钟报文：九个因子，字节数与真实扬尘设备相近。"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gongdi.protocols.hj212.replies import build_frame

PASSWORD = "bench0"


def device_no(index: int) -> str:
    """Return the MN of the bench device `index` (24 characters, as HJ 212-2017 asks)."""
    return f"BE14010000000000{index:08d}"


def minute_frame(index: int, start: datetime, minute: int) -> bytes:
    """Build one 2017 minute frame (CN 2051, about 600 bytes) of a device.

    Values walk deterministically with device and minute, so that compression and duplicate checks
    see what a site sends; `start` is Shanghai wall-clock time, `minute` counts from it.
    """
    moment = start + timedelta(minutes=minute)
    walk = (index * 7919 + minute * 104729) % 1000
    pm10 = 60 + walk / 10
    fields = (
        ("a34001", pm10 * 1.6, 1.2),
        ("a34002", pm10, 1.4),
        ("a34004", pm10 * 0.45, 1.1),
        ("a01001", 6 + walk / 200, 0.2),
        ("a01002", 41 + walk / 100, 0.5),
        ("a01006", 93.42 + walk / 5000, 0.01),
        ("a01007", 2.6 + walk / 900, 0.6),
    )
    parts = [
        f"{code}-Avg={mean:.2f},{code}-Min={mean - spread:.2f},{code}-Max={mean + spread:.2f},{code}-Flag=N"
        for code, mean, spread in fields
    ]
    noise = 55 + walk / 100
    parts.append(f"Leq-Data={noise:.1f},LMn-Data={noise - 8:.1f},LMx-Data={noise + 9:.1f},Leq-Flag=N")
    parts.append(f"a01008-Avg={walk % 360},a01008-Flag=N")
    stamp = moment.strftime("%Y%m%d%H%M%S")
    segment = (
        f"QN={stamp}{index % 1000:03d};ST=39;CN=2051;PW={PASSWORD};MN={device_no(index)};Flag=5;"
        f"CP=&&DataTime={stamp};{';'.join(parts)}&&"
    )
    return build_frame(segment.encode("ascii"))


def frames_of(index: int, start: datetime, minutes: int) -> Iterator[bytes]:
    """Yield the frames of one device, oldest first."""
    return (minute_frame(index, start, minute) for minute in range(minutes))

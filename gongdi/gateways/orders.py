"""网关对设备说的话：首次联系的设置、校时、补传请求，以及心跳和杂项报文的应答。"""

from datetime import UTC, datetime

from gongdi.gateways.commander import Command
from gongdi.gateways.devices import Live
from gongdi.gateways.limits import Limits
from gongdi.protocols.hj212 import commands
from gongdi.protocols.hj212.replies import build_frame, data_ack, echoed
from gongdi.protocols.hj212.reports import ack_wanted, edition_of
from gongdi.protocols.hj212.segments import parse_segment

Header = dict[str, str]
CONFIGURE_EVERY_S = 24 * 3600.0
MINUTE = 2051
NUMBER_CHARS = 64


def target_of(live: Live, edition: int = 0) -> commands.Target:
    """How the device names itself; commands use its own password and `edition`, else the one it last spoke."""
    device = live.device
    return commands.Target(
        edition or live.edition or 2017, live.st or "39", device.secret.decode(), device.mn
    )


def clock_command(live: Live, edition: int = 0) -> Command:
    """CN 1012 with the time of sending (校时); `edition`: of the frame that asked for it, 0 when nobody asked."""
    return Command(1012, lambda qn, moment: commands.set_clock(target_of(live, edition), qn, moment))


def history_command(live: Live, cn: int, span: tuple[float, float], row: int | None = None) -> Command:
    """CN 2051 or 2061 with BeginTime and EndTime (补传请求), both inclusive, in epoch seconds."""
    begin, end = (datetime.fromtimestamp(at, UTC) for at in span)
    return Command(
        cn,
        lambda qn, _moment: commands.history_request(target_of(live), qn, cn, begin, end),
        begins=span[0],
        ends=span[1],
        row=row,
    )


def first_contact(live: Live, limits: Limits, now: float) -> list[Command]:
    """Time-outs and intervals of a device heard for the first time in a day (HJ 212-2017, 6.7)."""
    if now - live.configured_at < CONFIGURE_EVERY_S:
        return []
    live.configured_at = now
    device, over_time, retries = live.device, int(limits.over_time_s), limits.retries
    orders = [Command(1000, lambda qn, _: commands.set_timeouts(target_of(live), qn, over_time, retries))]
    if live.edition >= 2017:
        seconds = device.realtime_s or limits.realtime_s
        orders.append(
            Command(1062, lambda qn, _: commands.set_realtime_interval(target_of(live), qn, seconds))
        )
        if device.interval_min in commands.MINUTE_INTERVALS:
            minutes = device.interval_min
            orders.append(
                Command(1064, lambda qn, _: commands.set_minute_interval(target_of(live), qn, minutes))
            )
    return orders


def heartbeat_echo(header: Header) -> bytes:
    """Echo of a vendor heartbeat (心跳, CN 9021, 3023, 9015): same CN, QN, PW and MN, nothing wanted."""
    flag = {2005: "0", 2017: "4", 2025: "8"}[edition_of(header, True)]
    qn = f"QN={echoed(header, 'QN')};" if header.get("QN") else ""
    text = (
        f"{qn}ST=91;CN={echoed(header, 'CN')};PW={echoed(header, 'PW')};MN={echoed(header, 'MN')};"
        f"Flag={flag};CP=&&&&"
    )
    return build_frame(text.encode())


def answer_to(header: Header, edition: int, segment: bytes) -> bytes:
    """Acknowledgement of a frame that is only kept; none to answers and when none is wanted."""
    if header.get("CN", "").startswith("90") or not ack_wanted(header):
        return b""
    return data_ack(header, edition, number_in_area(header, edition, segment))


def number_in_area(header: Header, edition: int, segment: bytes) -> str | None:
    """QN that a frame of HJ/T 212-2005 carries in its CP area; None when the header has one, or another edition.

    One far longer than the 17 digits of the standard is not repeated: no answer could hold it.
    """
    if edition != 2005 or header.get("QN"):
        return None
    number = parse_segment(segment).field("QN")
    return number if number is not None and len(number) <= NUMBER_CHARS else None

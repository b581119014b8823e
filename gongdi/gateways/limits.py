"""扬尘网关的限额：超过的停读，绝不悄悄丢弃；数值来自政策参数。"""

from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address

from gongdi.kernel import policy as p


@dataclass(frozen=True, slots=True)
class Limits:
    """Every ceiling of the dust gateway (限额): rates in frames/s, times in seconds, sizes in bytes."""

    frames_per_second: float
    frame_burst: int
    stranger_frames_per_second: float
    stranger_burst: int
    connections_per_address: int
    strangers: int
    connections: int
    buffer_bytes: int
    idle_s: float
    first_frame_s: float
    partial_frame_s: float
    quarantine_per_source: int
    quarantine_per_day: int
    pending_devices: int
    wrong_password_alarm: int
    future_s: float
    backlog_rows: int
    flush_rows: int
    flush_s: float
    first_contact_s: float
    gap_every_s: float
    back_fill_s: float
    request_s: float
    requests_in_flight: int
    over_time_s: float
    retries: int
    realtime_s: int
    clock_tolerance_s: float
    clock_set_every_s: float


def limits_of(policy: p.PolicySet, day: date) -> Limits:
    """The limits in force on `day`."""
    return Limits(
        frames_per_second=policy.get(p.FRAMES_PER_SECOND, day),
        frame_burst=policy.get(p.FRAME_BURST, day),
        stranger_frames_per_second=policy.get(p.STRANGER_FRAMES_PER_SECOND, day),
        stranger_burst=policy.get(p.STRANGER_FRAME_BURST, day),
        connections_per_address=policy.get(p.CONNECTIONS_PER_PEER, day),
        strangers=policy.get(p.STRANGER_CONNECTIONS, day),
        connections=policy.get(p.CONNECTIONS, day),
        buffer_bytes=policy.get(p.BUFFER_BYTES, day),
        idle_s=60 * policy.get(p.IDLE_MINUTES, day),
        first_frame_s=policy.get(p.FIRST_FRAME_SECONDS, day),
        partial_frame_s=policy.get(p.INCOMPLETE_SECONDS, day),
        quarantine_per_source=policy.get(p.QUARANTINE_PER_SOURCE, day),
        quarantine_per_day=policy.get(p.QUARANTINE_PER_DAY, day),
        pending_devices=policy.get(p.PENDING_DEVICES, day),
        wrong_password_alarm=policy.get(p.WRONG_PASSWORD_ALARM, day),
        future_s=60 * policy.get(p.FUTURE_MINUTES, day),
        backlog_rows=policy.get(p.BACKLOG_ROWS, day),
        flush_rows=policy.get(p.FLUSH_ROWS, day),
        flush_s=policy.get(p.FLUSH_MILLISECONDS, day) / 1000,
        first_contact_s=policy.get(p.FIRST_CONTACT_SECONDS, day),
        gap_every_s=60 * policy.get(p.GAP_MINUTES, day),
        back_fill_s=3600 * policy.get(p.DUST_COUNTS_UNTIL_HOURS, day),
        request_s=3600 * policy.get(p.BACKFILL_CHUNK_HOURS, day),
        requests_in_flight=policy.get(p.BACKFILL_IN_FLIGHT, day),
        over_time_s=policy.get(p.OVER_TIME_SECONDS, day),
        retries=policy.get(p.RECOUNT, day),
        realtime_s=policy.get(p.REALTIME_SECONDS, day),
        clock_tolerance_s=policy.get(p.SKEW_SECONDS, day),
        clock_set_every_s=3600 * policy.get(p.CLOCK_OFFER_HOURS, day),
    )


@dataclass(slots=True)
class Bucket:
    """A token bucket (令牌桶): `rate` tokens a second, never more than `burst`; `at` in epoch seconds."""

    rate: float
    burst: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take one token; return the seconds to rest before reading on (0 while tokens are left)."""
        tokens = min(self.burst, self.tokens + (now - self.at) * self.rate) - 1.0
        self.tokens, self.at = tokens, now
        return -tokens / self.rate if tokens < 0 else 0.0


def is_local(address: str) -> bool:
    """Tell a loopback peer: local relays and simulators share it, so no per-address ceiling holds."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True

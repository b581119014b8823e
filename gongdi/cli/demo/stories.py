"""演示的情节：哪台设备在哪几天出了什么事，全部写成常数。"""

from dataclasses import dataclass, replace

from gongdi.cli.demo.series import DAYS

Span = tuple[int, int]
"""Minutes [first, last) since the first midnight of the history."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Samples of a span arrive `minutes` after the end of their period (补传 beyond 10 minutes)."""

    span: Span
    minutes: int


@dataclass(frozen=True, slots=True)
class Boost:
    """Micrograms per cubic metre of PM10 added in a span (超标情节); the real fluctuation stays."""

    span: Span
    lift: float


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """What one device did over the history; picklable, all minutes since the first midnight.

    `until` is the present minute; `gain` scales the square root of the real reading.
    """

    device_id: int
    interval: int
    sensor: str
    rotate: int
    gain: float
    seed: int
    altitude_m: float
    until: int
    since: int = 0
    lag_s: int = 3
    gaps: tuple[Span, ...] = ()
    delays: tuple[Delay, ...] = ()
    boosts: tuple[Boost, ...] = ()
    faulty: tuple[Span, ...] = ()
    clock_slow_s: int = 0


def at(days_back: int, hour: int, minute: int = 0) -> int:
    """Minute of a wall-clock time some days before today (0 = today)."""
    return (DAYS - 1 - days_back) * 1440 + hour * 60 + minute


PLATFORM_FAULT: Span = (at(10, 2, 10), at(10, 2, 46))
"""The gateway's machine was restarted: nobody's samples came through."""
POWER_CUT: Span = (at(8, 7, 12), at(8, 21, 40))
"""Regional power cut of the site of story `exempt`, approved afterwards (X5)."""
STOPPED_SINCE = at(20, 0)
"""First minute of the approved stop (X1) of story `stopped`."""
STUBBORN_SINCE = at(3, 9)
"""Since then the clock of story `stubborn` is twenty minutes slow."""
SILENT_DAYS = 2


def apply_story(plan: DevicePlan, story: str, number: int) -> DevicePlan:
    """The plan with the story of its project; `number` is the device's number on the site, from 1."""
    plan = _through_the_fault(plan)
    told = _STORIES.get(story)
    return told(plan, number) if told else plan


def _through_the_fault(plan: DevicePlan) -> DevicePlan:
    """Five of six devices resend what the platform missed; the sixth cannot."""
    first, last = PLATFORM_FAULT
    if plan.seed % 6 == 0:
        return replace(plan, gaps=(*plan.gaps, PLATFORM_FAULT))
    return replace(plan, delays=(*plan.delays, Delay((first - plan.interval, last), 38)))


def _half(plan: DevicePlan, number: int) -> DevicePlan:
    return replace(plan, gaps=(*plan.gaps, (at(6, 6), at(6, 18, 30))))


def _silent(plan: DevicePlan, number: int) -> DevicePlan:
    return replace(plan, gaps=(*plan.gaps, (max(0, plan.until - SILENT_DAYS * 1440), plan.until)))


def _exceed(plan: DevicePlan, number: int) -> DevicePlan:
    if number != 1:
        return plan
    boosts = (Boost((at(3, 14), at(3, 16)), 270.0), Boost((at(1, 15), at(1, 18)), 255.0))
    return replace(plan, boosts=boosts)


def _backfill(plan: DevicePlan, number: int) -> DevicePlan:
    outages = [Delay((at(day, hour), at(day, hour + 2)), 150) for day in range(1, 30, 3) for hour in (3, 15)]
    return replace(plan, delays=(*plan.delays, *outages))


def _exempt(plan: DevicePlan, number: int) -> DevicePlan:
    return replace(plan, gaps=(*plan.gaps, POWER_CUT))


def _stopped(plan: DevicePlan, number: int) -> DevicePlan:
    return replace(plan, gaps=(*plan.gaps, (STOPPED_SINCE + 600, plan.until)))


def _stubborn(plan: DevicePlan, number: int) -> DevicePlan:
    return replace(plan, delays=(*plan.delays, Delay((STUBBORN_SINCE, plan.until), 20)), clock_slow_s=1200)


def _faulty(plan: DevicePlan, number: int) -> DevicePlan:
    return replace(plan, faulty=((at(2, 11), plan.until),))


def _fault_page(plan: DevicePlan, number: int) -> DevicePlan:
    """The second device of the site lost an afternoon and could not resend it (缺传)."""
    if number != 2:
        return plan
    return replace(plan, gaps=(*plan.gaps, (at(5, 9, 47), at(5, 14, 23))))


def _wait(plan: DevicePlan, number: int) -> DevicePlan:
    """Connected five days ago, after its deadline."""
    return replace(plan, since=at(5, 10))


_STORIES = {
    "half": _half,
    "silent": _silent,
    "exceed": _exceed,
    "backfill": _backfill,
    "exempt": _exempt,
    "stopped": _stopped,
    "stubborn": _stubborn,
    "faulty": _faulty,
    "fault": _fault_page,
    "wait": _wait,
}

"""数据回传率：资料、视频、扬尘三个数据流各自成率，再按权重合成。

依据: 379-3.3.a
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gongdi.kernel.exact import ratio, total
from gongdi.telemetry.rules.hours import day_credit

Pair = tuple[Fraction | int, int]
"""(numerator, denominator) of a stream: credited and owed units."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the streams (权重), renormalised over the applicable ones."""

    documents: Fraction
    video: Fraction
    dust: Fraction


@dataclass(frozen=True, slots=True)
class Streams:
    """The rates of the three streams (资料 视频 扬尘); None = not applicable (不适用)."""

    documents: Fraction | None
    video: Fraction | None
    dust: Fraction | None


@dataclass(frozen=True, slots=True)
class Combined:
    """The return rate (数据回传率) and whether it is exactly 100%; both None without any stream."""

    rate: Fraction | None
    is_full: bool | None


@dataclass(frozen=True, slots=True)
class ProjectPairs:
    """Numerators and denominators of one project; a stream of denominator 0 or None does not apply."""

    documents: Pair | None
    video: Pair | None
    dust: Pair | None


@dataclass(frozen=True, slots=True)
class EnterpriseRate:
    """Streams of an enterprise (summed over its projects) and their combination."""

    streams: Streams
    combined: Combined


@dataclass(frozen=True, slots=True)
class RegionRate:
    """Mean of the project rates (均值) and the share of projects at exactly 100% (满回传占比)."""

    mean: Fraction | None
    share_full: Fraction | None


@dataclass(frozen=True, slots=True)
class DocumentRate:
    """Accepted / due (资料回传率) and accepted on time / due (按时率)."""

    rate: Fraction | None
    on_time_rate: Fraction | None


def document_rate(due: int, exempt: int, on_time: int, late: int) -> DocumentRate:
    """Document rate of a month. `due`: obligations in all; exempt ones leave the denominator."""
    owed = due - exempt
    return DocumentRate(ratio(on_time + late, owed), ratio(on_time, owed))


def dust_pair(days: Iterable[tuple[int, int, int]], day_hours: Fraction) -> Pair:
    """Sum of credits and number of counted device-days; `days`: (count, valid_hours, expected_hours).

    Device-days without an expected hour leave both.
    """
    credits, owed = [], 0
    for count, valid, expected in days:
        credit = day_credit(expected, valid, day_hours).credit
        if credit is not None:
            credits.append(count * credit)
            owed += count
    return total(credits), owed


def dust_stream(days: Iterable[tuple[int, int, int]], day_hours: Fraction) -> Fraction | None:
    """Rate of the dust stream (扬尘回传率) over groups of equal device-days; None when none is counted."""
    return ratio(*dust_pair(days, day_hours))


def combine(streams: Streams, weights: Weights) -> Combined:
    """The one function that computes a return rate (数据回传率).

    Weights are renormalised over the applicable streams; nothing owed is None, never 100%.
    """
    weighted = [
        (weight, rate)
        for weight, rate in (
            (weights.documents, streams.documents),
            (weights.video, streams.video),
            (weights.dust, streams.dust),
        )
        if rate is not None
    ]
    if not weighted:
        return Combined(None, None)
    whole = sum((weight for weight, _ in weighted), Fraction(0))
    if not whole:
        return Combined(None, None)
    rate = sum((weight * rate for weight, rate in weighted), Fraction(0)) / whole
    return Combined(rate, all(rate == 1 for _, rate in weighted))


def streams_of(project: ProjectPairs) -> Streams:
    """The rates of one project's streams."""
    return Streams(_rate(project.documents), _rate(project.video), _rate(project.dust))


def enterprise_rate(projects: Sequence[ProjectPairs], weights: Weights) -> EnterpriseRate:
    """Per stream the sum of numerators over the sum of denominators, then combined.

    Documents only as far as 总包 or its subcontractors owe them; the enterprise's own obligations
    come as one further entry. 依据: 379-3.5.b
    """
    streams = Streams(
        _summed(project.documents for project in projects),
        _summed(project.video for project in projects),
        _summed(project.dust for project in projects),
    )
    return EnterpriseRate(streams, combine(streams, weights))


def region_rate(projects: Iterable[ProjectPairs], weights: Weights) -> RegionRate:
    """Mean of the project rates and share at 100%; projects without a rate are left out of both."""
    combined = [combine(streams_of(project), weights) for project in projects]
    rates = [one.rate for one in combined if one.rate is not None]
    full = sum(one.is_full is True for one in combined)
    return RegionRate(ratio(total(rates), len(rates)), ratio(full, len(rates)))


def entry_rate(entered: int, due_set: int) -> Fraction | None:
    """Entered / due set (项目入库率). 依据: 379-3.5.b"""
    return ratio(entered, due_set)


def _rate(pair: Pair | None) -> Fraction | None:
    return None if pair is None else ratio(*pair)


def _summed(pairs: Iterable[Pair | None]) -> Fraction | None:
    applicable = [pair for pair in pairs if pair is not None]
    return ratio(total([Fraction(n) for n, _ in applicable]), sum(d for _, d in applicable))

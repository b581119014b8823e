"""在几个子进程里生成各台设备的历史：子进程不认识 Django，也不连库。"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

from gongdi.cli.demo.history import Frame, History, make_history
from gongdi.cli.demo.series import Bin, Series, load_series
from gongdi.cli.demo.stories import DevicePlan


def make_histories(plans: list[DevicePlan], frame: Frame) -> Iterator[History]:
    """Histories in the order of the plans, made by as many processes as there are cores, at most eight."""
    workers = max(1, min(8, os.cpu_count() or 1))
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(_make, plans, [frame] * len(plans), chunksize=1)


def _make(plan: DevicePlan, frame: Frame) -> History:
    return make_history(plan, _periods(plan.sensor, plan.interval), frame)


@cache
def _series() -> Series:
    return load_series()


@cache
def _periods(sensor: str, interval: int) -> list[Bin | None]:
    return _series().minutes(sensor) if interval == 1 else _series().bins(sensor)

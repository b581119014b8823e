"""扬尘网关进程：收报文，落盘后应答；不认识 Django，可同时运行多个。"""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import uvloop

from gongdi.config.load import Config
from gongdi.gateways.canary import Canary
from gongdi.gateways.control import Control
from gongdi.gateways.decisions import (
    Alarm,
    Answered,
    CanarySeen,
    Close,
    Decision,
    Met,
    Note,
    Refuse,
    Rest,
    Send,
    Store,
    Stranger,
)
from gongdi.gateways.devices import Live, Registry
from gongdi.gateways.limits import Limits, is_local
from gongdi.gateways.link import Link
from gongdi.gateways.logs import line
from gongdi.gateways.session import House, Session
from gongdi.gateways.sink import Sink
from gongdi.kernel.clock import SHANGHAI

BACKLOG = 4_096
STOP_S = 4.0


def beijing(now: float) -> datetime:
    """Epoch seconds as Beijing time."""
    return datetime.fromtimestamp(now, SHANGHAI)


class Gateway:
    """The links of one process and what to do with their decisions; `clock` gives epoch seconds."""

    def __init__(self, limits: Limits, sink: Sink, log: logging.Logger, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.sink = sink
        self.log = log
        self.clock = clock
        self.house = House(Registry(limits), limits, beijing)
        self.links: dict[Session, Link] = {}
        self.addresses: Counter[str] = Counter()
        self.stalled = False
        self.answered: Callable[[Live, Answered], None] = lambda _live, _decision: None
        self.met: Callable[[Live], None] = lambda _live: None
        self.refused_links = 0
        self.do: dict[type, Callable[[Link, object, float], None]] = {
            Store: self.sink.store,
            Note: self.sink.note,
            Refuse: self.sink.refuse,
            Stranger: self.sink.stranger,
            CanarySeen: self.sink.canary,
            Send: lambda link, decision, _now: link.send(decision.data),
            Rest: lambda link, decision, _now: link.rest(decision.seconds),
            Close: lambda link, decision, _now: link.end(decision.why),
            Met: self._met,
            Answered: lambda _link, decision, _now: self.answered(decision.live, decision),
            Alarm: self._alarm,
        }

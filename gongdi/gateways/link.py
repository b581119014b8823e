"""一条 TCP 连接的外壳：字节交给状态机，决定交给网关，读的开关在这里。"""

import asyncio
from typing import TYPE_CHECKING, cast

from gongdi.gateways.session import Session

if TYPE_CHECKING:
    from gongdi.gateways.hub import Hub


class Link(asyncio.Protocol):
    """One link (连接). Reading stops for any of several reasons and goes on when none is left."""

    __slots__ = (
        "choked", "closing", "gateway", "opened", "paused", "peer", "resting", "session", "transport", "unacked",
    )  # fmt: skip

    def __init__(self, gateway: "Hub") -> None:
        self.gateway = gateway
        self.session: Session | None = None
        self.transport: asyncio.Transport | None = None
        self.peer = ""
        self.unacked = 0
        self.closing = ""
        self.resting = False
        self.choked = False
        self.paused = False
        self.opened: dict[int, tuple[int, float]] = {}

    # ------------------------------------------------------------ called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the gateway whether the link may stay.

        `buffer_bytes` bounds the answers a device leaves unread; what it sends is bounded by `Framer` itself, whose
        ceiling follows from the four length digits of the standard.
        """
        stream = cast(asyncio.Transport, transport)  # uvloop's transport is none by name
        self.transport = stream
        stream.set_write_buffer_limits(high=self.gateway.house.limits.buffer_bytes)
        self.session = self.gateway.admit(self, stream)

    def data_received(self, data: bytes) -> None:
        """Bytes of the device."""
        if self.session is not None and not self.closing:
            self.gateway.take(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The link is gone, by either side."""
        self.transport = None
        if self.session is not None:
            self.gateway.gone(self, self.closing or ("broken" if exc else "left"))

    def pause_writing(self) -> None:
        """The device does not read its answers: no more is read from it either."""
        self.choked = True
        self.set_reading()

    def resume_writing(self) -> None:
        """The device reads again."""
        self.choked = False
        self.set_reading()

    # ------------------------------------------------------------ called by the gateway

    def send(self, data: bytes) -> None:
        """Write bytes, if the link still stands."""
        if self.transport is not None:
            self.transport.write(data)

    def rest(self, seconds: float) -> None:
        """Stop reading for some seconds (限速)."""
        if not self.resting:
            self.resting = True
            self.set_reading()
            asyncio.get_running_loop().call_later(seconds, self._rested)

    def _rested(self) -> None:
        self.resting = False
        self.set_reading()

    def set_reading(self) -> None:
        """Read unless resting, choked, closing or the whole gateway is stalled."""
        if self.transport is None:
            return
        wanted = not (self.resting or self.choked or self.closing or self.gateway.stalled)
        if wanted and self.paused:
            self.paused = False
            self.transport.resume_reading()
        elif not wanted and not self.paused:
            self.paused = True
            self.transport.pause_reading()

    def end(self, why: str) -> None:
        """Close once everything durable has been acknowledged."""
        if not self.closing:
            self.closing = why
            self.set_reading()
        self.close_if_drained()

    def close_if_drained(self) -> None:
        """Close a link that is to end and waits for no acknowledgement any more."""
        if self.closing and not self.unacked and self.transport is not None:
            self.transport.close()

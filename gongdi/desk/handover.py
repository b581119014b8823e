"""离任移交的约定：楼上各房间的在办事项由它们自己数、自己交，这里只按次序叫到。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gongdi.desk.units import Unit
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import User


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open work (在办事项) of one kind that a person has in a unit."""

    label: str
    count: int
    href: str = ""


class Handover(Protocol):
    """One room's part of a hand-over (移交). The tuple of all parts is put together on the floor above."""

    def open_work(self, user: User, about: Unit, now: datetime) -> OpenWork:
        """How much the person has in hand in the unit."""
        ...

    def move(self, *, giver: User, taker: User, about: Unit, by: Scope, now: datetime) -> int:
        """Give all of it to the colleague, in the caller's transaction; how much it was."""
        ...


Handovers = Sequence[Handover]

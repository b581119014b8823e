"""离任时各房间要交的在办事项，按次序。"""

from dataclasses import replace
from datetime import datetime

from gongdi.desk.handover import Handover, OpenWork
from gongdi.desk.units import Unit
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import User
from gongdi.projects.models import Supervision
from gongdi.projects.services.officers import hand_over


class Officers:
    """Projects of which the person is the named officer (监督员) for the body."""

    def open_work(self, user: User, about: Unit, now: datetime) -> OpenWork:
        """How many projects, whatever the number of aspects."""
        if about.authority is None:
            return OpenWork("监督的项目", 0)
        rows = Supervision.objects.filter(officer=user, authority=about.authority, valid_to=None)
        return OpenWork("监督的项目", rows.values("project_id").distinct().count())

    def move(self, *, giver: User, taker: User, about: Unit, by: Scope, now: datetime) -> int:
        """Name the colleague on each of them; the body above may do it for the one below."""
        work = self.open_work(giver, about, now)
        if work.count == 0 or about.authority is None:
            return 0
        acting = replace(by, authority_id=about.authority.id)
        hand_over(giver_id=giver.pk, taker_id=taker.pk, by=acting, now=now, reason="离任移交")
        return work.count


HANDOVERS: tuple[Handover, ...] = (Officers(),)
"""Every room that keeps work for a named person adds its part here."""

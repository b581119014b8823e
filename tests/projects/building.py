"""项目房间的测试共用：由一个机构监督三方面的项目。"""

from itertools import count

from gongdi.orgs.models import Authority
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project
from gongdi.projects.services.registering import NewProject, Supervisors, create_project
from tests.builders import DEADLINES, NOW, STARTED, make_enterprise

_serial = count(1)


def supervised(division: str, safety: Authority, quality: Authority | None = None) -> Project:
    """A project of a division with these supervisors; dust lies with the safety supervisor."""
    serial = next(_serial)
    entry = NewProject(
        number=f"SUP{serial:05d}",
        name=f"受监工地{serial}号",
        kind="HOUSE",
        division=division,
        contractor_id=make_enterprise().id,
        started_on=STARTED,
        site_area_m2=9000,
        supervisors=Supervisors((quality or safety).id, safety.id, safety.id),
    )
    return create_project(entry, by=installation_scope(), deadlines=DEADLINES, now=NOW)

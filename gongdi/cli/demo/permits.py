"""演示省的施工许可清单：多数与项目对上，少数还没有入库，少数项目找不到许可。"""

import csv
from datetime import date, timedelta
from importlib.resources import files

from gongdi.inventory.services.imports import enter_permits
from gongdi.inventory.services.listed import ListedPermit
from gongdi.orgs.models import Enterprise
from gongdi.projects.models import Project

KIND_CODES = {"HOUSE": "01", "FITOUT": "01", "DEMOLITION": "01", "ROAD": "02", "BRIDGE": "02", "PIPE": "02"}
WITHOUT_EACH = 15
"""Every fifteenth project has no permit in the list."""
BEFORE_START = 14


def load_permits(enterprises: dict[str, Enterprise], today: date) -> int:
    """Enter the list of the demo; how many permits."""
    listed = [*_of_projects(), *_not_entered(enterprises, today)]
    enter_permits(listed)
    return len(listed)


def _of_projects() -> list[ListedPermit]:
    found = []
    projects = Project.objects.filter(holding=False).select_related("contractor").order_by("id")
    for place, project in enumerate(projects, 1):
        if place % WITHOUT_EACH == 0 or project.started_on is None or project.contractor is None:
            continue
        issued = project.started_on - timedelta(days=BEFORE_START)
        found.append(
            ListedPermit(
                number=_number(project.division_id, issued, place % 90 + 1, project.kind_id),
                project_name=project.name,
                kind=project.kind_id,
                division=project.division_id,
                contractor=project.contractor.name,
                contractor_uscc=project.contractor.uscc,
                developer=project.developer,
                supervisor=project.supervisor,
                area_m2=project.site_area_m2,
                length_m=project.open_length_m,
                issued_on=issued,
                project_id=project.id,
            )
        )
    return found


def _not_entered(enterprises: dict[str, Enterprise], today: date) -> list[ListedPermit]:
    text = files("gongdi.cli.data").joinpath("demo/permits.csv").read_text(encoding="utf-8")
    found = []
    for place, row in enumerate(csv.DictReader(text.splitlines()), 1):
        issued = today - timedelta(days=int(row["issued_days"]))
        by_length = row["kind"] in ("ROAD", "PIPE", "BRIDGE")
        firm = enterprises[row["contractor"]]
        found.append(
            ListedPermit(
                number=_number(row["division"], issued, 90 + place, row["kind"]),
                project_name=row["name"],
                kind=row["kind"],
                division=row["division"],
                contractor=firm.name,
                contractor_uscc=firm.uscc,
                developer=row["developer"],
                supervisor="晋衡工程监理有限公司（演示）",
                area_m2=None if by_length else int(row["size"]),
                length_m=int(row["size"]) if by_length else None,
                issued_on=issued,
            )
        )
    return found


def _number(division: str, issued: date, serial: int, kind: str) -> str:
    """18 digits: division, day of issue, serial, kind of works."""
    return f"{division}{issued:%Y%m%d}{serial:02d}{KIND_CODES.get(kind, '99')}"

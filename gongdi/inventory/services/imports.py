"""导入：先上传核对，看过再登记；对的先登记，错的改了只传错的。"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from gongdi.inventory import rules
from gongdi.inventory.models import ImportBatch, ImportRow, Permit
from gongdi.inventory.rules import Checked, Known
from gongdi.inventory.services.known import known_for
from gongdi.inventory.services.listed import ListedPermit
from gongdi.inventory.spreadsheets import Sheet, SheetRow, read_sheet
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.models import Authority, Enterprise
from gongdi.projects.models import Project
from gongdi.projects.services.registering import Deadlines, NewProject, Supervisors, create_projects

IMPORTERS = frozenset({"province", "city", "county", "station", "zone"})
REQUIRED = {
    ImportBatch.Kind.PROJECTS: rules.PROJECT_REQUIRED,
    ImportBatch.Kind.PERMITS: rules.PERMIT_REQUIRED,
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What one act registered (登记结果): projects or permits, rows found wrong only now, permits matched."""

    registered: int
    wrong: int
    matched: int


def upload(*, kind: str, name: str, data: bytes, by: Scope, now: datetime) -> ImportBatch:
    """Read and check a spreadsheet; every row is kept with its cells and faults, nothing is registered yet.

    NotAllowed for a scope that may not register; UnusableInput when the file or its columns cannot be used.
    """
    _may_import(kind, by)
    sheet = read_sheet(data)
    missing = rules.missing_columns(sheet.columns, REQUIRED[ImportBatch.Kind(kind)])
    if missing:
        raise UnusableInput(f"缺少列：{'、'.join(missing)}。请用模板的列名，次序不限。")
    known = known_for(kind, sheet.rows, by, shanghai_day(now))
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            kind=kind,
            authority_id=by.authority_id,
            enterprise_id=None if by.authority_id else by.enterprise_id,
            uploaded_by=by.user_id or 0,
            person=by.person,
            file_name=name[:120],
            sha256=hashlib.sha256(data).hexdigest(),
            columns=list(sheet.columns),
            created_at=now,
        )
        ImportRow.objects.bulk_create(_rows(batch, sheet, known))
    return batch


def apply(*, batch: ImportBatch, by: Scope, deadlines: Deadlines, now: datetime) -> Applied:
    """Register the right rows of a batch, checked once more against what others registered meanwhile.

    All right rows in one transaction; applying twice registers nothing new. One evidence event names them.
    """
    _may_import(batch.kind, by)
    with transaction.atomic():
        held = ImportBatch.objects.select_for_update().get(id=batch.id)
        if (held.authority_id, held.enterprise_id) != _owner(by):
            raise NotAllowed("只能登记本单位上传的清单。")
        waiting = list(ImportRow.objects.filter(batch=held, state=ImportRow.State.RIGHT).order_by("number"))
        sent = [SheetRow(row.number, row.cells) for row in waiting]
        checked = _checked(held.kind, sent, known_for(held.kind, sent, by, shanghai_day(now)))
        right = [(row, found) for row, found in zip(waiting, checked, strict=True) if not found.faults]
        late = [(row, found) for row, found in zip(waiting, checked, strict=True) if found.faults]
        matched = _register(held.kind, right, by, deadlines, now)
        _mark(right, late)
        held.applied_at = now
        held.save(update_fields=["applied_at"])
        if right:
            _witness(held, right, by, now)
    return Applied(len(right), len(late), matched)


def discard(*, batch: ImportBatch, by: Scope) -> None:
    """Forget a batch of which nothing was registered."""
    with transaction.atomic():
        held = ImportBatch.objects.select_for_update().get(id=batch.id)
        if (held.authority_id, held.enterprise_id) != _owner(by):
            raise NotAllowed("只能撤销本单位上传的清单。")
        if ImportRow.objects.filter(batch=held, state=ImportRow.State.APPLIED).exists():
            raise UnusableInput("这批里已有登记的行，记录要留存，不能撤销。")
        held.delete()


def may_register(by: Scope) -> bool:
    """Whether the scope may enter projects (登记项目): 住建 bodies, and enterprises for their own."""
    return (by.role.value in IMPORTERS and by.authority_id is not None) or by.role is Role.ENTERPRISE


def _may_import(kind: str, by: Scope) -> None:
    if not may_register(by) or (by.role is Role.ENTERPRISE and kind != ImportBatch.Kind.PROJECTS):
        raise NotAllowed("导入清单由住房和城乡建设主管部门办理，企业可以导入本企业总承包的项目。")


def _owner(by: Scope) -> tuple[int | None, int | None]:
    return by.authority_id, None if by.authority_id else by.enterprise_id


def _checked(kind: str, rows: Iterable[SheetRow], known: Known) -> list[Checked]:
    check = rules.check_project if kind == ImportBatch.Kind.PROJECTS else rules.check_permit
    seen: set[str] = set()
    return [check(row.cells, known, seen) for row in rows]


def _rows(batch: ImportBatch, sheet: Sheet, known: Known) -> list[ImportRow]:
    return [
        ImportRow(
            batch=batch,
            number=row.number,
            cells=row.cells,
            faults=[asdict(fault) for fault in found.faults],
            state=ImportRow.State.WRONG if found.faults else ImportRow.State.RIGHT,
        )
        for row, found in zip(sheet.rows, _checked(batch.kind, sheet.rows, known), strict=True)
    ]


def _mark(right: Sequence[tuple[ImportRow, Checked]], late: Sequence[tuple[ImportRow, Checked]]) -> None:
    for row, _found in right:
        row.state = ImportRow.State.APPLIED
    for row, found in late:
        row.state, row.faults = ImportRow.State.WRONG, [asdict(fault) for fault in found.faults]
    ImportRow.objects.bulk_update([row for row, _ in (*right, *late)], ["state", "faults", "project"])


def _register(
    kind: str, right: Sequence[tuple[ImportRow, Checked]], by: Scope, deadlines: Deadlines, now: datetime
) -> int:
    if kind == ImportBatch.Kind.PERMITS:
        enter_permits([_listed(found) for _, found in right])
        return match_permits([found.text("施工许可证编号") for _, found in right])
    projects = create_projects(_entries([found for _, found in right]), by=by, deadlines=deadlines, now=now)
    numbers: dict[str, Project] = {}
    for (row, found), project in zip(right, projects, strict=True):
        row.project = project
        if found.text("施工许可证编号"):
            numbers[found.text("施工许可证编号")] = project
    return _link(numbers)


def _link(projects: dict[str, Project]) -> int:
    permits = list(Permit.objects.filter(number__in=projects, project__isnull=True))
    for permit in permits:
        permit.project = projects[permit.number]
    Permit.objects.bulk_update(permits, ["project"])
    return len(permits)


def match_permits(numbers: Sequence[str]) -> int:
    """Link permits to the only project of the same name in the same division; how many were linked."""
    permits = list(Permit.objects.filter(number__in=numbers, project__isnull=True))
    same = Project.objects.filter(holding=False, name__in={permit.project_name for permit in permits})
    by_place: dict[tuple[str, str], list[Project]] = {}
    for project in same:
        by_place.setdefault((project.name, project.division_id), []).append(project)
    found = []
    for permit in permits:
        candidates = by_place.get((permit.project_name, permit.division_id), [])
        if len(candidates) == 1:
            permit.project = candidates[0]
            found.append(permit)
    Permit.objects.bulk_update(found, ["project"])
    return len(found)


def enter_permits(listed: Sequence[ListedPermit]) -> None:
    """Enter permits, already checked, in one statement."""
    Permit.objects.bulk_create(
        Permit(
            number=one.number,
            project_name=one.project_name,
            division_id=one.division,
            kind_id=one.kind or None,
            address=one.address,
            developer=one.developer,
            contractor=one.contractor,
            contractor_uscc=one.contractor_uscc,
            supervisor=one.supervisor,
            area_m2=one.area_m2,
            length_m=one.length_m,
            issued_on=one.issued_on,
            project_id=one.project_id,
        )
        for one in listed
    )


def _listed(found: Checked) -> ListedPermit:
    return ListedPermit(
        number=found.text("施工许可证编号"),
        project_name=found.text("项目名称"),
        division=found.text("区划"),
        issued_on=found.day("发证日期") or date.min,
        kind=found.text("工程类别"),
        address=found.text("地址"),
        developer=found.text("建设单位"),
        contractor=found.text("施工总承包"),
        contractor_uscc=found.text("施工总承包代码"),
        supervisor=found.text("监理单位"),
        area_m2=found.whole("占地面积"),
        length_m=found.whole("开挖长度"),
    )


def _entries(rows: Sequence[Checked]) -> list[NewProject]:
    firms = enterprises({found.text("施工总承包代码"): found.text("施工总承包") for found in rows})
    bodies = supervisors_of({found.text("区划") for found in rows})
    return [
        NewProject(
            number=found.text("项目编号"),
            name=found.text("项目名称"),
            kind=found.text("工程类别"),
            division=found.text("区划"),
            contractor_id=firms[found.text("施工总承包代码")],
            started_on=found.day("开工日期") or date.max,
            address=found.text("地址"),
            developer=found.text("建设单位"),
            supervisor=found.text("监理单位"),
            site_area_m2=found.whole("占地面积"),
            open_length_m=found.whole("开挖长度"),
            supervisors=bodies[found.text("区划")],
        )
        for found in rows
    ]


def enterprises(names: dict[str, str]) -> dict[str, int]:
    """Keys of enterprises by 统一社会信用代码; unknown ones are entered under the name given."""
    known = dict(Enterprise.objects.filter(uscc__in=names).values_list("uscc", "id"))
    fresh = [Enterprise(uscc=code, name=name) for code, name in names.items() if code not in known]
    known |= {firm.uscc: firm.id for firm in Enterprise.objects.bulk_create(fresh)}
    return known


def supervisors_of(divisions: set[str]) -> dict[str, Supervisors]:
    """Default supervisors of a site by location: 住建 for quality and safety, 城管 for dust."""
    found: dict[tuple[str, str], int] = {}
    for body in Authority.objects.filter(division__in=divisions, valid_to__isnull=True).order_by("-id"):
        found[body.division_id, body.kind] = body.id
    made = {}
    for code in divisions:
        main = found.get((code, "HOUSING")) or found.get((code, "ZONE"))
        made[code] = Supervisors(main, main, found.get((code, "URBAN")) or main)
    return made


def _witness(
    batch: ImportBatch, right: Sequence[tuple[ImportRow, Checked]], by: Scope, now: datetime
) -> None:
    column = "项目编号" if batch.kind == ImportBatch.Kind.PROJECTS else "施工许可证编号"
    facts = {
        "file": batch.file_name,
        "sha256": batch.sha256,
        "kind": batch.kind,
        "numbers": [found.text(column) for _, found in right],
    }
    about = About("inventory.batch", batch.ref, name=batch.file_name)
    record(act="inventory.applied", about=about, facts=facts, by=by, now=now)

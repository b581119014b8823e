"""测试用的主体：有类型的函数，一次造一个，名字里带编号以便查泄露。"""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

from gongdi.equipment.models import Device
from gongdi.equipment.services import NewDevice, register_device
from gongdi.inventory.models import ImportBatch, ImportRow
from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.models import PolicyValue
from gongdi.kernel.policy import DEFAULTS
from gongdi.orgs.models import Authority, Enterprise, Membership, User
from gongdi.orgs.queries import installation_scope
from gongdi.orgs.rules import USCC_ALPHABET, USCC_WEIGHTS
from gongdi.orgs.services.accounts import NewMember, create_account
from gongdi.projects.models import Project
from gongdi.projects.services.registering import Deadlines, NewProject, create_project

NOW = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
TODAY = date(2026, 11, 24)
STARTED = date(2026, 3, 2)
PASSWORD = "Shanxi-2026-gongdi"
DEADLINES = Deadlines(DEFAULTS, shipped_calendar())

_serial = count(1)


def uscc(number: int) -> str:
    """A valid social credit code of a division that does not exist."""
    body = f"91149900MATEST{number % 1000:03d}".replace("S", "5")
    weighted = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True))
    return body + USCC_ALPHABET[(31 - weighted % 31) % 31]


def make_authority(
    division: str, *, kind: str = "HOUSING", level: str | None = None, name: str = ""
) -> Authority:
    """A body of a division; the level follows from the code."""
    found = level or (
        "province" if division.endswith("0000") else "city" if division.endswith("00") else "county"
    )
    serial = next(_serial)
    return Authority.objects.create(
        name=name or f"部门{serial}号（{division}）", level=found, kind=kind, division_id=division
    )


def make_enterprise(name: str = "") -> Enterprise:
    """An enterprise with a valid code."""
    serial = next(_serial)
    return Enterprise.objects.create(name=name or f"企业{serial}号", uscc=uscc(serial))


def make_project(
    division: str = "140105", *, contractor: Enterprise | None = None, entry: NewProject | None = None
) -> Project:
    """A house project started on STARTED and entered (入库) today; `entry` overrides everything but the keys."""
    serial = next(_serial)
    contractor = contractor or make_enterprise()
    plain = NewProject(
        number=f"TEST{serial:06d}",
        name=f"工地{serial}号",
        kind="HOUSE",
        division=division,
        contractor_id=contractor.id,
        started_on=STARTED,
        site_area_m2=9000,
    )
    wanted = plain if entry is None else replace(entry, division=division, contractor_id=contractor.id)
    project = create_project(wanted, by=installation_scope(), deadlines=DEADLINES, now=NOW)
    project.entered_on = TODAY
    project.save(update_fields=["entered_on"])
    return project


def make_device(
    project: Project | None = None, *, mn: str = "", interval_min: int = 1, now: datetime = NOW
) -> Device:
    """A dust device of a project (None: 待分配设备)."""
    serial = next(_serial)
    entry = NewDevice(
        mn=mn or f"TESTMN{serial:08d}",
        password="123456",
        project_id=None if project is None else project.id,
        interval_min=interval_min,
        place="西南角围挡",
    )
    return register_device(entry, by=installation_scope(), now=now)


def second_factor_off() -> None:
    """Decide that no role needs a second factor, as the demo does."""
    PolicyValue.objects.create(
        key="security.second_factor_roles", value=[], valid_from=date(2026, 1, 1), basis="试验", decided_by="试验",
        created_at=NOW,
    )  # fmt: skip


def make_user(role: str | None, subject: Authority | Enterprise | Project | None = None) -> User:
    """An account with one membership valid from 2026-01-01; role None gives an account without any."""
    serial = next(_serial)
    if role is None or subject is None:
        return User.objects.create_user(f"user{serial}", f"人员{serial}", PASSWORD)
    member = NewMember(
        role=Membership.Role(role),
        valid_from=date(2026, 1, 1),
        authority_id=subject.id if isinstance(subject, Authority) else None,
        enterprise_id=subject.id if isinstance(subject, Enterprise) else None,
        project_id=subject.id if isinstance(subject, Project) else None,
    )
    return create_account(
        username=f"user{serial}", display_name=f"人员{serial}", password=PASSWORD, member=member
    )


def make_import_batch(authority: Authority, name: str) -> ImportBatch:
    """An upload of a body with one row that can be registered and one that cannot."""
    batch = ImportBatch.objects.create(
        kind="projects", authority=authority, uploaded_by=1, person="上传人", file_name=f"{name}.xlsx",
        sha256="0" * 64, columns=["项目名称"], created_at=NOW,
    )  # fmt: skip
    fault = {"column": "区划", "sent": "", "advice": "必填，不能空"}
    ImportRow.objects.create(batch=batch, number=2, cells={"项目名称": name}, state="right")
    ImportRow.objects.create(batch=batch, number=3, cells={"项目名称": name}, faults=[fault], state="wrong")
    return batch

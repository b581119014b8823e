"""权限矩阵的小世界：本县、邻县、外市各一个工地一台设备，名字互不相同，便于查泄露。"""

from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile

from gongdi.desk.models import Question, Registration
from gongdi.equipment.models import Device
from gongdi.inventory.models import ImportBatch
from gongdi.kernel.files.storing import FileOwner, store
from gongdi.kernel.models import StoredFile
from gongdi.kernel.scope import Scope
from gongdi.notify.models import Message
from gongdi.orgs.models import Authority, User
from gongdi.projects.models import EntryFiling, Project, Stop
from tests.builders import (
    NOW,
    TODAY,
    make_authority,
    make_device,
    make_enterprise,
    make_import_batch,
    make_project,
    make_user,
    uscc,
)

RELATIONS = ("own", "sibling", "other_city")
DIVISIONS = {"own": "140105", "sibling": "140106", "other_city": "140213"}
ROLES = ("anonymous", "nobody", "province", "city", "county", "urban", "enterprise", "site")
VISIBLE = {
    "anonymous": (),
    "nobody": (),
    "province": ("own", "sibling", "other_city"),
    "city": ("own", "sibling"),
    "county": ("own",),
    "urban": ("own",),
    "enterprise": ("own",),
    "site": ("own",),
}
"""Written by hand: which relations a role may see."""


@dataclass(frozen=True)
class World:
    """Projects and devices by relation, one person by role, words that betray a foreign object."""

    projects: dict[str, Project]
    devices: dict[str, Device]
    people: dict[str, User | None]
    batches: dict[str, ImportBatch]
    bodies: dict[str, Authority]
    staff: dict[str, User]
    registrations: dict[str, Registration]
    questions: dict[str, Question]
    filings: dict[str, EntryFiling]
    stops: dict[str, Stop]
    papers: dict[str, StoredFile]
    told: dict[str, Message]

    def markers(self, relation: str) -> tuple[str, ...]:
        """Words that appear only where the objects of the relation appear."""
        project, device = self.projects[relation], self.devices[relation]
        firm = project.contractor.name if project.contractor else project.name
        desk = self.staff[relation].display_name, self.registrations[relation].name
        return project.name, project.number, device.mn, firm, str(project.ref), str(device.ref), *desk


def make_world() -> World:
    """Build it in the current transaction."""
    projects = {relation: make_project(code) for relation, code in DIVISIONS.items()}
    for relation, project in projects.items():
        firm = project.contractor or make_enterprise()
        firm.name = f"承建{relation}{firm.id}公司"
        firm.save()
    devices = {relation: make_device(project, interval_min=5) for relation, project in projects.items()}
    own = projects["own"]
    bodies = {relation: make_authority(code) for relation, code in DIVISIONS.items()}
    people: dict[str, User | None] = {
        "anonymous": None,
        "nobody": make_user(None),
        "province": make_user("province", make_authority("140000")),
        "city": make_user("city", make_authority("140100")),
        "county": make_user("county", bodies["own"]),
        "urban": make_user("urban", make_authority("140105", kind="URBAN")),
        "enterprise": make_user("enterprise", own.contractor),
        "site": make_user("site", own),
    }
    batches = {
        relation: make_import_batch(body, projects[relation].name) for relation, body in bodies.items()
    }
    desk = make_desk(bodies)
    papers = {relation: make_paper(project) for relation, project in projects.items()}
    told = {
        relation: Message.objects.create(
            user_id=user.id, kind="system", title=f"告知{relation}", link="/", at=NOW
        )
        for relation, user in desk[0].items()
    }
    files = make_files(projects, bodies)
    return World(projects, devices, people, batches, bodies, *desk, *files, papers, told)


def make_paper(project: Project) -> StoredFile:
    """A document of a project on disk."""
    upload = SimpleUploadedFile(f"{project.name}.pdf", f"%PDF-1.7 {project.name}".encode())
    return store(upload, owner=FileOwner(project_id=project.id), by=Scope(), now=NOW)


def make_files(
    projects: dict[str, Project], bodies: dict[str, Authority]
) -> tuple[dict[str, EntryFiling], dict[str, Stop]]:
    """Each project supervised by its county, with one submission and one application that wait there."""
    for relation, project in projects.items():
        project.safety_authority = bodies[relation]
        project.save(update_fields=["safety_authority"])
    filings = {
        relation: EntryFiling.objects.create(
            project=project, authority=bodies[relation], submitted_at=NOW, submitted_by=f"填报{relation}"
        )
        for relation, project in projects.items()
    }
    stops = {
        relation: Stop.objects.create(
            project=project, authority=bodies[relation], kind="X1", starts=TODAY, ends=TODAY,
            reason=f"检修{relation}", applied_at=NOW, applied_by=f"填报{relation}",
        )
        for relation, project in projects.items()
    }  # fmt: skip
    return filings, stops


def make_desk(
    bodies: dict[str, Authority],
) -> tuple[dict[str, User], dict[str, Registration], dict[str, Question]]:
    """At each county body one officer, one enterprise that registers, one question."""
    staff = {relation: make_user("county", body) for relation, body in bodies.items()}
    for relation, user in staff.items():
        User.objects.filter(id=user.id).update(display_name=f"职员{relation}")
    registrations = {
        relation: Registration.objects.create(
            digest=relation,
            name=f"注册{relation}公司",
            uscc=uscc(900),
            division_id=body.division_id,
            authority=body,
            first_at=NOW,
            submitted_at=NOW,
            due_on=TODAY,
        )
        for relation, body in bodies.items()
    }
    questions = {
        relation: Question.objects.create(authority=body, text=f"求助{relation}", at=NOW)
        for relation, body in bodies.items()
    }
    staff = {relation: User.objects.get(id=user.id) for relation, user in staff.items()}
    return staff, registrations, questions

"""参建各方与关键岗位：谁在场、什么岗、证书到哪天。"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from gongdi.projects.models import Project, ProjectParty, ProjectPost, Supervision

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Post:
    """One person in a post: until when the certificate holds and how near that is."""

    post: str
    person: str
    certificate: str
    until: date | None
    tone: str
    left: str


@dataclass(frozen=True, slots=True)
class Party:
    """One unit of the site with its people."""

    label: str
    name: str
    ref: UUID
    posts: tuple[Post, ...]


def parties_of(project: Project, today: date, *, people: bool) -> tuple[Party, ...]:
    """Units present, people only where they may be read (1 or 2 queries)."""
    rows = list(
        ProjectParty.objects.filter(project=project, valid_to=None)
        .select_related("enterprise")
        .order_by("id")
    )
    posts: dict[int, list[Post]] = defaultdict(list)
    if people:
        for row in ProjectPost.objects.filter(project=project, valid_to=None).order_by("id"):
            posts[row.party_id].append(_post(row, today))
    return tuple(
        Party(row.get_kind_display(), row.enterprise.name, row.enterprise.ref, tuple(posts[row.pk]))
        for row in rows
    )


def posts_of_enterprise(
    enterprise_id: int, project_ids: list[int], today: date, limit: int
) -> list[tuple[Post, str]]:
    """People of an enterprise on some projects, those whose certificate ends first before the others."""
    rows = ProjectPost.objects.filter(
        party__enterprise_id=enterprise_id, project_id__in=project_ids, valid_to=None
    )
    rows = rows.select_related("project").order_by("certificate_until", "id")
    return [(_post(row, today), row.project.name) for row in rows[:limit]]


def supervisors_of(project: Project) -> list[tuple[str, str, str]]:
    """Aspect, body and officer of each present supervision, quality first (1 query)."""
    found = Supervision.objects.filter(project=project, valid_to=None).select_related("authority", "officer")
    order = list(Supervision.Aspect.values)
    rows = sorted(found, key=lambda row: order.index(row.aspect))
    return [
        (row.get_aspect_display(), row.authority.name, row.officer.display_name if row.officer else "未指定")
        for row in rows
    ]


def _post(row: ProjectPost, today: date) -> Post:
    until = row.certificate_until
    if until is None:
        return Post(row.post, row.person_name, row.certificate, None, "", "")
    left = (until - today).days
    if left < 0:
        return Post(row.post, row.person_name, row.certificate, until, "bad", f"过期 {-left} 天")
    if until - today <= SOON:
        return Post(row.post, row.person_name, row.certificate, until, "warn", f"剩 {left} 天")
    return Post(row.post, row.person_name, row.certificate, until, "", "")

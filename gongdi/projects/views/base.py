"""项目各页共用：取可见的项目、页头、拒绝时怎么说。"""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from gongdi.kernel import clock
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.kernel.scope import DataKind, Role
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import queries
from gongdi.projects.models import Project
from gongdi.projects.services.registering import Deadlines


def project_of(request: ScopedRequest, ref: UUID, kind: DataKind = DataKind.BASE_FILE) -> Project:
    """The visible project; 404 for any other, and for roles that do not read this kind of data."""
    if not request.scope.may_read(kind):
        raise Http404("没有这一页")
    try:
        return queries.visible_project(request.scope, ref)
    except Project.DoesNotExist:
        raise Http404("没有这个项目") from None


def head(project: Project, here: str) -> dict[str, Any]:
    """Context of the head of a page about one project."""
    return {
        "project": project,
        "now": clock.now(),
        "crumbs": (
            {"label": "项目清单", "href": reverse("projects")},
            {"label": project.name, "href": reverse("project", args=[project.ref])},
            {"label": here, "href": ""},
        ),
    }


def deadlines() -> Deadlines:
    """Policy and calendar of this request."""
    return Deadlines(policy_set(), working_calendar())


def keeps_file(request: ScopedRequest, project: Project) -> bool:
    """Whether this person keeps the base file: 施工总承包 or the site."""
    scope = request.scope
    own = scope.role is Role.ENTERPRISE and scope.enterprise_id == project.contractor_id
    return own or scope.role is Role.SITE

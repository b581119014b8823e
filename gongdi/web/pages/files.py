"""文件下载：只给归属在范围内的人，一律作附件，浏览器不得就地打开。"""

from uuid import UUID

from django.http import FileResponse, Http404
from django.views.decorators.http import require_GET

from gongdi.boards.search.finding import enterprises
from gongdi.kernel.files.storing import file_of, path_of
from gongdi.kernel.models import StoredFile
from gongdi.kernel.scope import DataKind, Scope
from gongdi.pages.requests import ScopedRequest
from gongdi.projects.queries import visible

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


@require_GET
def download(request: ScopedRequest, ref: UUID) -> FileResponse:
    """A stored file (文件) as an attachment; outside the scope it does not exist."""
    found = file_of(ref)
    if found is None or not may_read(request.scope, found):
        raise Http404("没有这个文件")
    try:
        content = path_of(found.sha256).open("rb")
    except FileNotFoundError:
        raise Http404("没有这个文件") from None
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type=found.media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def may_read(scope: Scope, found: StoredFile) -> bool:
    """Whether the owner of a file lies in the scope and its kind of data may be read there."""
    if found.user_id is not None:
        return found.user_id == scope.user_id
    if found.authority_id is not None:
        return found.authority_id == scope.authority_id
    if found.enterprise_id is not None and found.enterprise_id == scope.enterprise_id:
        return True
    if not scope.may_read(DataKind(found.data_kind)):
        return False
    if found.enterprise_id is not None:
        return scope.is_authority and enterprises(scope).filter(id=found.enterprise_id).exists()
    return found.project_id is not None and visible(scope).filter(id=found.project_id).exists()

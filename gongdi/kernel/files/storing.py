"""存文件：落盘、改名、目录落盘，然后才写行，最后才应答；中途断电只会多一个孤儿文件。"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.files.rules import (
    DOCUMENT,
    FORMATS,
    HEAD_BYTES,
    IMAGE,
    Use,
    extension,
    mismatch,
    plain_name,
    refusal,
)
from gongdi.kernel.models import StoredFile
from gongdi.kernel.policy import DOCUMENT_MEGABYTES, IMAGE_MEGABYTES, TABLE_MEGABYTES, Parameter
from gongdi.kernel.queries import policy_set
from gongdi.kernel.scope import DataKind, Scope

MEGABYTE = 1024 * 1024
UNFINISHED = "unfinished"
LOCK = 379_002
LIMITS: dict[str, Parameter[int]] = {IMAGE: IMAGE_MEGABYTES, DOCUMENT: DOCUMENT_MEGABYTES}


class FileRefused(GongdiError):
    """这个文件不能上传，请换一个。"""


@dataclass(frozen=True, slots=True)
class FileOwner:
    """Whose file it is (归属): exactly one; `kind` is the kind of data that may read it."""

    project_id: int | None = None
    enterprise_id: int | None = None
    authority_id: int | None = None
    user_id: int | None = None
    kind: DataKind = DataKind.DOCUMENTS

    def __post_init__(self) -> None:
        found = (self.project_id, self.enterprise_id, self.authority_id, self.user_id)
        if sum(one is not None for one in found) != 1:
            raise ValueError("文件要有且只有一个归属")


def folder() -> Path:
    """DATA/files."""
    return Path(settings.CONFIG.data) / "files"


def path_of(sha256: str) -> Path:
    """Where the bytes of a digest lie."""
    return folder() / sha256[:2] / sha256


def store(
    upload: "UploadedFile[Any]", *, owner: FileOwner, by: Scope, now: datetime, use: Use = Use.DOCUMENT
) -> StoredFile:
    """Check and store an upload (存文件); FileRefused with a sentence that says what to do.

    The caller has checked that `by` may write for the owner. The row is written in the caller's transaction
    after the bytes are on disk, so an answer after COMMIT is never about bytes that may be lost.
    """
    name = plain_name(upload.name or "")
    ending = extension(name)
    why = refusal(name, use) or _too_large(ending, upload.size or 0, now)
    if why:
        raise FileRefused(f"{name or '文件'}：{why}")
    with tempfile.NamedTemporaryFile(dir=_unfinished(), delete=False) as target:
        try:
            sha256, size, head = _write(upload, target)
            whole = Path(target.name).read_bytes() if FORMATS[ending].part else None
            why = mismatch(ending, head, whole)
            if why:
                raise FileRefused(f"{name}：{why}")
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
    with transaction.atomic():
        _hold_sweeper()
        _settle(Path(target.name), path_of(sha256))
        return StoredFile.objects.create(
            sha256=sha256,
            size=size,
            name=name,
            media_type=FORMATS[ending].media_type,
            data_kind=owner.kind.value,
            project_id=owner.project_id,
            enterprise_id=owner.enterprise_id,
            authority_id=owner.authority_id,
            user_id=owner.user_id,
            uploaded_by=by.user_id,
            uploaded_by_name=by.person,
            at=now,
        )


def file_of(ref: UUID) -> StoredFile | None:
    """The row of a file; who may read it is the caller's question."""
    return StoredFile.objects.filter(ref=ref).first()


def sweep(now: datetime, hours: int) -> int:
    """Remove bytes without a row and unfinished uploads that are older than `hours` (清孤儿); how many."""
    before, removed = (now - timedelta(hours=hours)).timestamp(), 0
    root = folder()
    if not root.is_dir():
        return 0
    for path in sorted(root.glob("*/*")):
        if path.stat().st_mtime >= before:
            continue
        with transaction.atomic():
            _hold_sweeper(alone=True)
            known = path.parent.name != UNFINISHED and StoredFile.objects.filter(sha256=path.name).exists()
            if not known and path.exists() and path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def _too_large(ending: str, size: int, now: datetime) -> str:
    limit = policy_set().get(LIMITS.get(FORMATS[ending].size_class, TABLE_MEGABYTES), shanghai_day(now))
    if size <= limit * MEGABYTE:
        return ""
    return f"有 {size / MEGABYTE:.1f} MB，超过上限 {limit} MB，请压缩或拆成几个再上传。"


def _unfinished() -> Path:
    place = folder() / UNFINISHED
    place.mkdir(parents=True, exist_ok=True)
    return place


def _write(upload: "UploadedFile[Any]", target: "IO[bytes]") -> tuple[str, int, bytes]:
    """Write all pieces to disk; digest, size and the first bytes."""
    digest, size, head = hashlib.sha256(), 0, b""
    for piece in upload.chunks():
        digest.update(piece)
        size += len(piece)
        head = (head + piece)[:HEAD_BYTES] if len(head) < HEAD_BYTES else head
        target.write(piece)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size, head


def _settle(source: Path, place: Path) -> None:
    """Rename into place and make the rename durable; the same bytes twice are kept once, their age renewed."""
    fresh = not place.parent.is_dir()
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, place)
    _sync_folder(place.parent)
    if fresh:
        _sync_folder(place.parent.parent)


def _sync_folder(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hold_sweeper(*, alone: bool = False) -> None:
    """Uploads side by side, the sweeper alone: bytes are never removed between rename and row."""
    statements = ("SELECT pg_advisory_xact_lock_shared(%s)", "SELECT pg_advisory_xact_lock(%s)")
    with connection.cursor() as cursor:
        cursor.execute(statements[alone], [LOCK])

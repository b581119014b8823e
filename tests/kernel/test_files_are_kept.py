"""文件：只收名副其实的格式，先落盘再写行；中途被杀只留孤儿，孤儿过期才清。"""

import io
import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from gongdi.kernel import clock
from gongdi.kernel.files import storing
from gongdi.kernel.files.rules import Use, plain_name
from gongdi.kernel.files.storing import FileOwner, FileRefused, path_of, store, sweep
from gongdi.kernel.models import PolicyValue, StoredFile
from gongdi.kernel.scope import DataKind, Role, Scope
from gongdi.orgs.models import Membership
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db
BY = Scope(role=Role.SITE, user_id=5, project_ids=frozenset({1}), person="赵立安")
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40
PDF = b"%PDF-1.7 one"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(storing, "folder", lambda: tmp_path / "files")
    return tmp_path / "files"


def archive(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for part in parts:
            book.writestr(part, "x")
    return out.getvalue()


def keep(name: str, content: bytes, use: Use = Use.DOCUMENT, owner: FileOwner | None = None) -> StoredFile:
    return store(
        SimpleUploadedFile(name, content), owner=owner or FileOwner(project_id=1), by=BY, now=NOW, use=use
    )


def status_of(client: Client, found: StoredFile) -> int:
    """Status of a download, read to its end so that the file is closed."""
    answer = client.get(reverse("file", args=[found.ref]))
    if answer.streaming:
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return answer.status_code


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [("a.png", PNG, "image/png"), ("现场.JPG", b"\xff\xd8\xff\xe0", "image/jpeg"), ("证.pdf", PDF, "application/pdf"),
     ("a.docx", archive("word/document.xml"), "wordprocessingml"), ("a.xlsx", archive("xl/workbook.xml"), "spreadsheetml")],
)  # fmt: skip
def test_a_file_that_is_what_it_says_is_kept(name: str, content: bytes, media: str) -> None:
    found = keep(name, content)
    assert media in found.media_type
    assert path_of(found.sha256).read_bytes() == content
    assert (found.size, found.uploaded_by_name) == (len(content), "赵立安")


def test_a_table_is_kept_as_text() -> None:
    assert keep("a.csv", "日期,安排\n".encode("gb18030"), Use.SHEET).media_type == "text/csv"


@pytest.mark.parametrize(
    ("name", "content", "use", "said"),
    [("a.exe", b"MZ", Use.DOCUMENT, "不能用 exe 文件，请换成 pdf、docx、xlsx、jpg、png 格式"),
     ("a.html", b"<script>", Use.DOCUMENT, "不能用 html"), ("没有扩展名", b"x", Use.DOCUMENT, "没有可用的扩展名"),
     ("a.png", b"<script>", Use.PHOTO, "内容不是 png 格式"), ("a.pdf", PNG, Use.SCAN, "内容不是 pdf 格式"),
     ("a.xlsx", archive("word/document.xml"), Use.SHEET, "不是 xlsx 格式"), ("a.docx", b"PK\x03\x04broken", Use.DOCUMENT, "打不开"),
     ("a.pdf", PDF, Use.PHOTO, "请换成 jpg、png 格式"), ("a.csv", b"a\x00b", Use.SHEET, "不是文本表格"), ("a.pdf", b"", Use.SCAN, "空文件")],
)  # fmt: skip
def test_anything_else_is_refused_in_words(
    folder: Path, name: str, content: bytes, use: Use, said: str
) -> None:
    with pytest.raises(FileRefused, match=said):
        keep(name, content, use)
    assert not StoredFile.objects.exists()
    assert not [one for one in folder.rglob("*") if one.is_file()] if folder.exists() else True


def test_the_limit_is_a_dated_policy() -> None:
    PolicyValue.objects.create(
        key="files.image_megabytes", value=1, valid_from=TODAY, basis="试", decided_by="省厅", created_at=NOW
    )
    with pytest.raises(FileRefused, match=r"有 1.0 MB，超过上限 1 MB，请压缩"):
        keep("a.png", PNG + b"x" * (1024 * 1024), Use.PHOTO)
    assert keep("a.pdf", PDF + b"x" * (1024 * 1024)).size > 1024 * 1024


def test_names_lose_folders_and_control_characters() -> None:
    assert plain_name("C:\\fake\\证\r\n照.pdf") == "证照.pdf"
    assert plain_name("../../etc/passwd") == "passwd"
    assert len(plain_name("长" * 300 + ".pdf")) == 120


def test_the_same_bytes_are_kept_once() -> None:
    first, second = keep("a.pdf", PDF), keep("b.pdf", PDF)
    assert first.sha256 == second.sha256
    assert first.ref != second.ref


def test_a_file_has_exactly_one_owner() -> None:
    with pytest.raises(ValueError, match="归属"):
        FileOwner()
    with pytest.raises(ValueError, match="归属"):
        FileOwner(project_id=1, user_id=2)
    row = {"sha256": "0" * 64, "size": 1, "name": "a", "media_type": "x", "data_kind": "documents", "at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.create(**row, project_id=1, user_id=2)


def test_orphans_go_after_their_hours_and_nothing_else(folder: Path) -> None:
    kept = keep("a.pdf", PDF)
    orphan = folder / "ab" / ("ab" + "0" * 62)
    half = folder / "unfinished" / "tmp1"
    for path in (orphan, half):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    now = clock.now()
    assert sweep(now, 24) == 0
    assert sweep(now + timedelta(hours=25), 24) == 2
    assert not orphan.exists()
    assert path_of(kept.sha256).exists()


def test_killed_between_rename_and_row_leaves_an_orphan_only(folder: Path, data: Path) -> None:
    """A process dies by SIGKILL after the rename: no row, whole bytes, no half file under a digest."""
    script = f"""
        import os, signal
        from pathlib import Path
        import django
        django.setup()
        from django.core.files.uploadedfile import SimpleUploadedFile
        from gongdi.kernel import clock
        from gongdi.kernel.files import storing
        from gongdi.kernel.scope import Scope
        storing.folder = lambda: Path({str(folder)!r})
        storing._too_large = lambda *_: ""
        storing._hold_sweeper = lambda **_: None
        storing.transaction.atomic = __import__("contextlib").nullcontext
        storing.StoredFile.objects.create = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
        upload = SimpleUploadedFile("a.pdf", {PDF!r})
        storing.store(upload, owner=storing.FileOwner(user_id=1), by=Scope(), now=clock.now())
    """
    environ = os.environ | {"DATA": str(data), "DJANGO_SETTINGS_MODULE": "gongdi.web.settings"}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environ, check=False)
    assert done.returncode == -signal.SIGKILL
    [found] = [one for one in folder.rglob("*") if one.is_file()]
    assert path_of(found.name) == found
    assert found.read_bytes() == PDF
    assert not StoredFile.objects.exists()
    assert sweep(clock.now() + timedelta(hours=25), 24) == 1


def test_a_download_is_an_attachment_nobody_executes() -> None:
    project = make_project("140105")
    project.safety_authority = body = make_authority("140105")
    project.save()
    found = keep("现场 图.pdf", PDF, owner=FileOwner(project_id=project.id))
    client = Client()
    client.force_login(make_user("county", body))
    answer = client.get(reverse("file", args=[found.ref]))
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("reader", "status"),
    [("own", 200), ("body", 404), ("other", 404)],
    ids=["uploader", "authority", "stranger"],
)
def test_a_personal_file_is_for_its_person_only(reader: str, status: int) -> None:
    body = make_authority("140105")
    people = {"own": make_user("county", body), "body": make_user("county", body)}
    people["other"] = make_user("province", make_authority("140000"))
    found = keep("a.pdf", PDF, owner=FileOwner(user_id=people["own"].id))
    client = Client()
    client.force_login(people[reader])
    assert status_of(client, found) == status


def test_papers_of_an_enterprise_are_not_for_its_partners() -> None:
    project = make_project("140105")
    firm = project.contractor
    assert firm is not None
    found = keep("执照.pdf", PDF, owner=FileOwner(enterprise_id=firm.id))
    for role, subject, status in (
        ("enterprise", firm, 200),
        ("enterprise", make_enterprise(), 404),
        ("site", project, 404),
    ):
        client = Client()
        client.force_login(make_user(role, subject))
        assert status_of(client, found) == status, role
    assert Membership.objects.exists()


def test_urban_management_reads_no_documents_but_outer_pictures() -> None:
    project = make_project("140105")
    body = make_authority("140105", kind="URBAN")
    client = Client()
    client.force_login(make_user("urban", body))
    papers = keep("a.pdf", PDF, owner=FileOwner(project_id=project.id))
    outer = keep("a.png", PNG, owner=FileOwner(project_id=project.id, kind=DataKind.SIX_HUNDRED))
    assert status_of(client, papers) == 404
    assert status_of(client, outer) == 200

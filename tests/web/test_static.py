"""静态文件：预算、登记、版本、压缩，没有别处的资源。"""

import asyncio
import gzip
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from gongdi.web.static_files import StaticFiles
from gongdi.web.static_version import ROOT, tree_version

REPOSITORY = Path(__file__).parent.parent.parent
CSS = sorted((ROOT / "css").glob("*.css"))
JS = sorted((ROOT / "js").glob("*.js"))


def packed(paths: list[Path]) -> int:
    """Compressed size of all files together."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


SHARED = frozenset({"tokens.css", "base.css", "shell.css", "components.css", "forms.css", "pages.css"})
"""Loaded by every page; the others by the pages of their topic, one each."""
LARGER = {"bench.css": 17.5, "projects.css": 15.5}
"""Pages above the 15 KB of the guide, in KB: the shared styles still carry those of the device page."""


@pytest.mark.parametrize(
    "topic", [path for path in CSS if path.name not in SHARED], ids=lambda path: path.name
)
def test_the_styles_of_a_page_keep_their_budget(topic: Path) -> None:
    shared = [path for path in CSS if path.name in SHARED]
    assert packed([*shared, topic]) <= LARGER.get(topic.name, 15) * 1024


def test_scripts_keep_their_budget() -> None:
    assert packed([*JS, *(ROOT / "vendor").glob("*.js")]) <= 60 * 1024


@pytest.mark.parametrize("path", [*CSS, *JS], ids=lambda path: path.name)
def test_nothing_comes_from_another_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    assert not re.search(r"https?://|url\((?!#)", text)


@pytest.mark.parametrize("path", JS, ids=lambda path: path.name)
def test_scripts_need_no_eval(path: Path) -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML\s*=\s*`", path.read_text(encoding="utf-8"))


def test_vendored_files_are_registered_with_their_digest() -> None:
    register = (REPOSITORY / "VENDOR.md").read_text(encoding="utf-8")
    vendored = [
        *(ROOT / "vendor").iterdir(),
        ROOT / "icons.svg",
        *(REPOSITORY / "tests" / "vendor").glob("*.js"),
    ]
    for path in vendored:
        name = path.relative_to(REPOSITORY).as_posix()
        assert f"`{name}`" in register
        assert hashlib.sha256(path.read_bytes()).hexdigest() in register, name


def test_every_icon_in_use_is_in_the_sprite_and_no_other() -> None:
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (ROOT / "icons.svg").read_text(encoding="utf-8")))
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (REPOSITORY / "gongdi").rglob("*")
        if path.suffix in (".html", ".py")
    )
    assert {name for name in sprite if f'"{name}"' not in text} == set()
    assert set(re.findall(r'{% icon "([a-z0-9-]+)" %}', text)) <= sprite


def test_a_changed_file_changes_the_address(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    first = tree_version(tmp_path)
    (tmp_path / "a.css").write_text("b")
    assert tree_version(tmp_path) != first


def ask(
    app: StaticFiles, path: str, method: str = "GET", packed: bool = False
) -> tuple[int, dict[bytes, bytes], bytes]:
    """One request to the ASGI application."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"accept-encoding", b"gzip, br")] if packed else []
    asyncio.run(app({"type": "http", "path": path, "method": method, "headers": headers}, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_files_are_served_whole_compressed_and_for_ever() -> None:
    app = StaticFiles(None, ROOT, "/static/v/")  # type: ignore[arg-type]
    status, headers, body = ask(app, "/static/v/css/base.css")
    assert (status, body) == (200, (ROOT / "css" / "base.css").read_bytes())
    assert b"immutable" in headers[b"cache-control"]
    status, headers, body = ask(app, "/static/v/css/base.css", packed=True)
    assert gzip.decompress(body) == (ROOT / "css" / "base.css").read_bytes()
    assert ask(app, "/static/v/css/base.css", method="HEAD")[2] == b""


@pytest.mark.parametrize(
    "path", ["/static/v/../settings.py", "/static/v/", "/static/old/css/base.css", "/static/v/%2e%2e/x"]
)
def test_nothing_else_is_served(path: str) -> None:
    assert ask(StaticFiles(None, ROOT, "/static/v/"), path)[0] == 404  # type: ignore[arg-type]

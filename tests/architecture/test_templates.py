import re
from pathlib import Path

import pytest

from tests.architecture.tree import short, tracked

TEMPLATES = [path for path in tracked() if path.suffix == ".html" and "templates" in path.parts]
WRONG = {
    "不转义": r"\|\s*safe\b|autoescape\s+off|safeseq",
    "内联事件": r"<[^>{]*\son[a-z]+\s*=",
    "别处的资源": r"""(?:src|srcset|action|data)\s*=\s*["'](?:https?:)?//""",
    "内联脚本": r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(?:application/json|importmap)\")[^>]*>",
    "模板里查库": r"\.objects\b|\.filter\(|\.all\.",
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_templates_are_free_of(what: str) -> None:
    pattern = re.compile(WRONG[what], re.IGNORECASE)
    found = [
        f"{short(path)}: {match[0][:80]}"
        for path in TEMPLATES
        if (match := pattern.search(path.read_text(encoding="utf-8")))
    ]
    assert not found, f"{what}：{found}"


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_every_posting_form_carries_its_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL | re.IGNORECASE):
        if re.search(r'method\s*=\s*"?post', form, re.IGNORECASE):
            assert "csrf_token" in form


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_every_picture_says_what_it_shows(path: Path) -> None:
    for picture in re.findall(r"<img\b[^>]*>", path.read_text(encoding="utf-8")):
        assert re.search(r"\balt=", picture), picture


def test_pages_speak_chinese() -> None:
    pages = [path for path in TEMPLATES if "<html" in path.read_text(encoding="utf-8")]
    assert not [short(path) for path in pages if 'lang="zh' not in path.read_text(encoding="utf-8")]

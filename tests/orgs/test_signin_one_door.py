"""进门只有一扇：会话只在一处开始，密码只在一处更换，allauth 的页面一个也不开放。"""

import ast
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

import gongdi

PACKAGE = Path(gongdi.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


def importers(module: str, name: str) -> set[str]:
    """Files of the product that import `name` from `module`."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == module
        if any(alias.name == name for alias in node.names)
    }


def callers(name: str) -> set[str]:
    """Files of the product that call a method of this name."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    }


def test_a_session_begins_in_one_place_only() -> None:
    assert importers("django.contrib.auth", "login") == {"orgs/signin/entry.py"}
    assert importers("django.contrib.auth", "authenticate") == {"orgs/signin/entry.py"}
    assert callers("force_login") <= {"cli/bench/pages.py"}, "只有量速度的台架不走登录页"


def test_passwords_are_compared_and_set_in_few_places() -> None:
    assert callers("set_password") == {"orgs/models.py", "orgs/signin/passwords.py"}
    assert callers("check_password") == {"orgs/signin/views.py"}


def addresses(under: list[URLPattern | URLResolver]) -> list[str]:
    """Module of the view of every address."""
    found = []
    for one in under:
        found += addresses(one.url_patterns) if isinstance(one, URLResolver) else [one.callback.__module__]
    return found


def test_no_page_of_the_library_is_open() -> None:
    assert not [module for module in addresses(get_resolver().url_patterns) if module.startswith("allauth")]

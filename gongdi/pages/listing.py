"""清单页共用：网址里的筛选、翻页和排序，怪参数一律当作没填。"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.http import QueryDict

Row = TypeVar("Row")
PAGE_SIZE = 20
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class PageLink:
    """One page number; an empty address is a gap."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """Pages of a list with the sentence beside them."""

    summary: str
    pages: tuple[PageLink, ...]
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """The rows of one page and the pager under them."""

    rows: Sequence[Row]
    pager: Pager
    total: int


def text(query: QueryDict, name: str, limit: int = 60) -> str:
    """A text parameter without control characters, cut to `limit`."""
    return "".join(char for char in query.get(name, "")[:limit] if char.isprintable()).strip()


def choice(query: QueryDict, name: str, allowed: Sequence[str]) -> str:
    """A parameter out of a list, else empty."""
    value = query.get(name, "")
    return value if value in allowed else ""


def number(query: QueryDict, name: str, default: int = 1) -> int:
    """A page number between 1 and 10,000."""
    value = query.get(name, "")
    return (
        min(max(int(value), 1), MAX_PAGE)
        if value.isascii() and value.isdigit() and len(value) < 6
        else default
    )


def pager(query: QueryDict, total: int, summary: str, size: int = PAGE_SIZE) -> tuple[Pager, int]:
    """The pager of `total` rows and the offset of the page asked for."""
    last = max(1, -(-total // size))
    page = min(number(query, "page"), last)
    wanted = sorted({1, last, *range(page - 2, page + 3)} & set(range(1, last + 1)))
    links: list[PageLink] = []
    for before, at in zip([0, *wanted], wanted, strict=False):
        if at - before > 1:
            links.append(PageLink("…", "", False))
        links.append(PageLink(str(at), address(query, page=str(at)), at == page))
    previous = address(query, page=str(page - 1)) if page > 1 else ""
    following = address(query, page=str(page + 1)) if page < last else ""
    return Pager(summary, tuple(links), previous, following), (page - 1) * size


def address(query: QueryDict, **changes: str) -> str:
    """The same list with some parameters changed; empty ones leave the address."""
    kept = {key: query.get(key, "") for key in query}
    kept.update(changes)
    if "page" not in changes:
        kept.pop("page", None)
    return "?" + urlencode({key: value for key, value in kept.items() if value and value.isprintable()})

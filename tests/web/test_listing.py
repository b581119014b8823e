"""清单的网址：筛选、排序、翻页都在里面，怪参数当作没填，换筛选回到第一页。"""

import pytest
from django.http import QueryDict

from gongdi.pages import listing


def labels(query: str, total: int) -> list[str]:
    """Page labels, the current one in brackets."""
    pager, _ = listing.pager(QueryDict(query), total, "")
    return [f"[{link.label}]" if link.current else link.label for link in pager.pages]


@pytest.mark.parametrize(
    ("query", "total", "expected"),
    [
        ("", 0, ["[1]"]),
        ("", 20, ["[1]"]),
        ("", 21, ["[1]", "2"]),
        ("page=2", 40, ["1", "[2]"]),
        ("page=1", 200, ["[1]", "2", "3", "…", "10"]),
        ("page=5", 200, ["1", "…", "3", "4", "[5]", "6", "7", "…", "10"]),
        ("page=4", 200, ["1", "2", "3", "[4]", "5", "6", "…", "10"]),
        ("page=10", 200, ["1", "…", "8", "9", "[10]"]),
        ("page=99", 200, ["1", "…", "8", "9", "[10]"]),
    ],
)
def test_pages(query: str, total: int, expected: list[str]) -> None:
    assert labels(query, total) == expected


@pytest.mark.parametrize(
    "page", ["0", "-1", "x", "", "1.5", "1e3", "٣", "²", "９", "+2", " 2", "999999999999999999999", "0x2"]
)
def test_a_page_that_is_no_number_is_the_first(page: str) -> None:
    query = QueryDict(mutable=True)
    query["page"] = page
    pager, offset = listing.pager(query, 200, "")
    assert offset == 0
    assert next(link.label for link in pager.pages if link.current) == "1"


@pytest.mark.parametrize(("page", "offset"), [(1, 0), (2, 20), (10, 180), (11, 180)])
def test_the_offset_of_a_page(page: int, offset: int) -> None:
    assert listing.pager(QueryDict(f"page={page}"), 200, "")[1] == offset


def test_before_and_after_stop_at_the_ends() -> None:
    first, _ = listing.pager(QueryDict("q=a"), 60, "")
    middle, _ = listing.pager(QueryDict("q=a&page=2"), 60, "")
    last, _ = listing.pager(QueryDict("q=a&page=3"), 60, "")
    assert (first.previous, first.next) == ("", "?q=a&page=2")
    assert (middle.previous, middle.next) == ("?q=a&page=1", "?q=a&page=3")
    assert (last.previous, last.next) == ("?q=a&page=2", "")


@pytest.mark.parametrize(
    ("query", "changes", "expected"),
    [
        ("q=楼&page=3", {"access": "soon"}, "?q=%E6%A5%BC&access=soon"),
        ("q=楼&access=soon", {"access": ""}, "?q=%E6%A5%BC"),
        ("q=&kind=", {"sort": "name"}, "?sort=name"),
        ("q=a&page=2", {"page": "3"}, "?q=a&page=3"),
        ("q=a&q=b", {}, "?q=b"),
        ("q=a%26x%3D1", {}, "?q=a%26x%3D1"),
        ("q=%0d%0aSet-Cookie", {}, "?"),
        ("", {}, "?"),
    ],
)
def test_an_address_keeps_what_was_chosen_and_starts_at_page_one(
    query: str, changes: dict[str, str], expected: str
) -> None:
    assert listing.address(QueryDict(query), **changes) == expected


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("楼", "楼"),
        ("  楼 房 ", "楼 房"),
        ("a\nb\tc", "abc"),
        ("‮楼", "楼"),
        ("\u200b楼", "楼"),
        ("长" * 61, "长" * 60),
        ("<b>", "<b>"),
        ("", ""),
    ],
)
def test_a_search_word_without_control_characters(typed: str, read: str) -> None:
    query = QueryDict(mutable=True)
    query["q"] = typed
    assert listing.text(query, "q") == read


@pytest.mark.parametrize(("value", "found"), [("soon", "soon"), ("SOON", ""), ("", ""), ("drop", "")])
def test_a_choice_outside_the_list_is_no_choice(value: str, found: str) -> None:
    assert listing.choice(QueryDict(f"access={value}"), "access", ["", "soon"]) == found


def test_a_missing_parameter_is_no_choice() -> None:
    assert listing.choice(QueryDict(""), "access", ["soon"]) == ""
    assert listing.text(QueryDict(""), "q") == ""

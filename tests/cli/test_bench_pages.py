"""压测 pages 的算法：p95、与空页之比、每个地址都有人问。"""

import pytest

from gongdi.cli.bench import pages
from gongdi.cli.bench.main import BENCHES


def test_the_bench_has_its_name() -> None:
    assert "pages" in BENCHES


def test_the_ninety_fifth_is_read_off_the_sorted_times() -> None:
    times = {"list": [float(n) for n in range(100, 0, -1)], "empty": [10.0] * 100, "bare": [2.0] * 100}
    found = pages.summary(times, {"list": 2048, "empty": 512, "bare": 3}, {"list": 7})
    assert found["pages"]["list"] == {
        "p50_ms": 50.5,
        "p95_ms": 95.0,
        "p95_vs_empty": 9.5,
        "queries": 7,
        "kb": 2.0,
    }
    assert found["worst"] == {"page": "list", "p95_vs_empty": 9.5}
    assert found["empty_vs_bare"] == 5.0


def test_the_empty_pages_are_never_the_worst() -> None:
    times = {"list": [1.0] * 20, "empty": [10.0] * 20, "bare": [99.0] * 20}
    assert pages.summary(times, dict.fromkeys(times, 1), {})["worst"]["page"] == "list"


def test_twenty_rounds_give_the_nineteenth() -> None:
    times = {"list": [float(n) for n in range(1, 21)], "empty": [1.0] * 20, "bare": [1.0] * 20}
    assert pages.summary(times, dict.fromkeys(times, 1), {})["pages"]["list"]["p95_ms"] == 19.0


@pytest.mark.django_db
def test_every_list_search_map_and_workbench_is_asked() -> None:
    from tests.builders import make_project

    make_project()
    asked = pages.addresses()
    roles = {role for role, path in asked.values() if path == "/"}
    assert roles == {"province", "city", "county", "urban", "enterprise", "site"}
    paths = {path.partition("?")[0] for _, path in asked.values()}
    assert {"/projects/", "/devices/", "/alarms", "/search", "/map", "/map/points.json"} <= paths
    assert set(pages.BASELINES.values()) <= paths

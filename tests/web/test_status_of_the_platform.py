"""平台状态页：只说探针证明的，停收多久都说停收，从没有过记录才说没有记录。"""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from gongdi.kernel import clock
from gongdi.telemetry.queries.gateways import gateway_lines
from gongdi.web.pages import status
from tests.telemetry.building import Store, at
from tests.telemetry.conftest import store

__all__ = ["store"]
NOW = at("2026-05-20 10:00:30")


def gateway(store: Store, name: str, seen: datetime, *probes: datetime) -> int:
    """A gateway process with its committed probes."""
    row = store.run(
        "INSERT INTO gateway_instance (name, started_at, last_seen) VALUES (%s, %s, %s) RETURNING id",
        [name, seen - timedelta(hours=30), seen],
    )
    for probe in probes:
        store.run("INSERT INTO canary (gateway_id, minute) VALUES (%s, %s)", [row[0][0], probe])
    return int(row[0][0])


def minute(ago: int) -> datetime:
    """The start of the minute that many minutes ago."""
    return NOW.replace(second=0) - timedelta(minutes=ago)


def page(monkeypatch: pytest.MonkeyPatch) -> str:
    """The public page at NOW."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    answer = Client().get("/status")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("ago", "word", "title"),
    [
        (1, "正常", "平台运行正常"),
        (2, "正常", "平台运行正常"),
        (4, "停收", "平台有故障"),
        (59, "停收", "平台有故障"),
        (75, "停收", "平台有故障"),
        (600, "停收", "平台有故障"),
    ],
)
def test_a_standstill_is_called_one_however_long_it_lasts(
    store: Store, monkeypatch: pytest.MonkeyPatch, ago: int, word: str, title: str
) -> None:
    """停了一个多小时，不能变成“尚无记录”。"""
    gateway(store, "dust-1", NOW - timedelta(minutes=ago), minute(ago), minute(ago + 1))
    found = status.status_context(NOW)
    assert (found["parts"][1].word, found["title"]) == (word, title)
    assert found["parts"][1].at == minute(ago)
    body = page(monkeypatch)
    assert title in body
    assert "暂无探针记录" not in body


def test_without_any_probe_nothing_is_called_normal(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found = status.status_context(NOW)
    assert (found["parts"][1].tone, found["bad"], found["unknown"]) == ("none", False, True)
    body = page(monkeypatch)
    assert "扬尘接收尚无探针记录" in body
    assert "平台运行正常" not in body
    assert "24 小时内没有网关报到" in body
    assert "30 天内没有平台故障记录" in body


def test_probes_of_the_last_hour_are_counted_of_sixty(store: Store) -> None:
    gateway(store, "dust-1", NOW, *(minute(n) for n in range(0, 90)))
    gateway(store, "dust-2", NOW, minute(200))
    gateway(store, "dust-3", NOW - timedelta(hours=25), minute(1501))
    first, second = gateway_lines(NOW)
    assert (first.name, first.last, first.n) == ("dust-1", minute(0), 60)
    assert (second.name, second.last, second.n) == ("dust-2", minute(200), 0)


def test_one_healthy_gateway_is_enough_for_the_word_but_the_other_is_listed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway(store, "dust-1", NOW, minute(1))
    gateway(store, "dust-2", NOW - timedelta(hours=3), minute(180))
    assert status.status_context(NOW)["parts"][1].word == "正常"
    body = page(monkeypatch)
    assert "dust-1" in body
    assert "dust-2" in body


def test_a_stream_that_does_not_exist_is_not_called_normal(store: Store) -> None:
    video = status.status_context(NOW)["parts"][2]
    assert (video.label, video.word, video.tone, video.at) == ("视频接入", "尚未接入", "none", None)


def fault(store: Store, starts: datetime, ends: datetime, cause: str) -> None:
    """A window of platform fault."""
    store.run("INSERT INTO platform_fault (starts, ends, cause) VALUES (%s, %s, %s)", [starts, ends, cause])


def test_fault_windows_of_thirty_days_newest_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway(store, "dust-1", NOW, minute(1))
    fault(store, NOW - timedelta(days=31), NOW - timedelta(days=30, minutes=1), "太早")
    fault(store, NOW - timedelta(days=30, hours=1), NOW - timedelta(days=29, hours=23), "跨界")
    fault(store, NOW - timedelta(days=2), NOW - timedelta(days=2) + timedelta(minutes=125), "网关停收")
    fault(store, NOW + timedelta(hours=1), NOW + timedelta(hours=2), "将来")
    faults = status.status_context(NOW)["faults"]
    assert [(one.cause, one.minutes) for one in faults] == [("网关停收", 125), ("跨界", 60)]
    body = page(monkeypatch)
    assert "不计入项目应传" in body
    assert "网关停收" in body
    assert "太早" not in body
    assert "全部网关" in body


def test_a_hundred_faults_are_listed_up_to_fifty(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(60):
        starts = NOW - timedelta(hours=2 * n + 2)
        fault(store, starts, starts + timedelta(minutes=5), f"第{n:02d}次")
    body = page(monkeypatch)
    assert body.count("次</td>") == 50
    assert "第00次" in body
    assert "第59次" not in body


def test_health_is_one_word_and_says_when_the_database_is_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError
    from django.db.backends.utils import CursorWrapper

    fine = Client().get("/healthz")
    assert (fine.status_code, fine.content.decode(), fine.headers["Content-Type"]) == (
        200, "ok\n", "text/plain; charset=utf-8",
    )  # fmt: skip

    def gone(*words: object) -> None:
        raise OperationalError("connection lost")

    monkeypatch.setattr(CursorWrapper, "execute", gone)
    lost = Client().get("/healthz")
    assert (lost.status_code, lost.content.decode()) == (503, "数据库没有应答\n")


def test_the_published_rule_says_the_numbers_that_are_computed_with(store: Store) -> None:
    """算法页上的数字就是政策默认值，改了政策而没改页面，这里变红。"""
    from gongdi.kernel import policy as p

    body = Client().get("/rules/rate").content.decode()
    today = NOW.date()
    assert f"{p.DEFAULTS.get(p.DUST_ON_TIME_MINUTES, today)} 分钟内收到" in body
    assert f"{p.DEFAULTS.get(p.DUST_COUNTS_UNTIL_HOURS, today)} 小时内" in body
    share, hours = p.DEFAULTS.get(p.DUST_HOUR_SHARE, today), p.DEFAULTS.get(p.DUST_DAY_HOURS, today) * 24
    assert f"{share.numerator}/{share.denominator}" in body
    assert f"{hours}/24" in body
    for word in ("按时", "补传", "应传未到", "免传", "平台故障", "缺传"):
        assert word in body

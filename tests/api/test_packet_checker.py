"""报文检查：与网关同一套判定，什么都不留下，任何字节都有结论。"""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from gongdi.api.checker import limits, views
from gongdi.api.packets.verdict import as_text, split, verdict_of
from gongdi.protocols.hj212.crc import crc16, modbus
from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.replies import build_frame

PACKETS = Path(__file__).parents[1] / "data" / "hj212" / "packets.jsonl"
AREA = b"a34002-Avg=%b,a34002-Flag=N;a34004-Avg=%b,a34004-Flag=N;a01001-Avg=8.9,a01001-Flag=N"
HEAD = b"QN=20261120142617305;ST=39;CN=2051;PW=Tk83pz;MN=A14014000000000000000426;Flag=5;CP=&&DataTime=20261120142500;"


def body(pm10: bytes = b"132.0", pm25: bytes = b"58.4") -> bytes:
    return HEAD + AREA % (pm10, pm25) + b"&&"


@pytest.fixture(autouse=True)
def fresh_turnstile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "TURNSTILE", limits.Turnstile())


def ask(raw: bytes) -> str:
    answer = Client(enforce_csrf_checks=True).post("/check", raw, content_type="text/plain")
    assert answer.status_code == 200, answer.content.decode()[:300]
    return answer.content.decode()


def test_every_collected_packet_has_the_verdict_of_the_codec() -> None:
    rows = [json.loads(line) for line in PACKETS.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 109
    for row in rows:
        raw = row["raw"].encode("latin-1")
        judged = judge_line(raw)
        found = [verdict_of(one) for one in split(raw)]
        reasons = {one.finding.reason for one in found}
        wanted = "" if isinstance(judged, Frame) else judged.reason
        assert wanted in reasons, row["id"]
        assert all(as_text(one) for one in found)


@given(st.binary(max_size=400))
def test_any_bytes_have_a_verdict(data: bytes) -> None:
    for glued in (data, b"##0010" + data, build_frame(data[:200] + b"&&")):
        for one in split(glued):
            assert verdict_of(one).title


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (build_frame(body()), "可以用，没有要改的"),
        (build_frame(body(b"132000.0", b"58400.0")), "格式合格，单位像是纳克"),
        (build_frame(body(b"0.132", b"0.058")), "格式合格，单位像是毫克"),
        (b"##%04d%b%04X" % (len(body()), body(), modbus(body())), "设备用了 MODBUS 算法"),
        (b"##%04d%b%04X" % (len(body()) + 6, body(), crc16(body())), "长度多数了 CRC 和回车换行"),
        (b"##%04d%b%04X" % (len(body()) - 2, body()[:-2], crc16(body()[:-2])), "数据段没有结尾的 &amp;&amp;"),
        (b"##%04d%b" % (len(body()), body()), "结尾的 &amp;&amp; 后面没有 CRC"),
        (body(), "只有数据段"),
        (build_frame(body())[:60], "报文没有收全"),
        (b'{"pm10": 12}', "不是 HJ 212 报文"),
        (b"\x00\xff\x00", "不是 HJ 212 报文"),
        (build_frame(HEAD.replace(b"DataTime=20261120142500;", b"") + b"q8Zx7fK1m0+/aa&&"), "数据区已加密"),
        (build_frame(b"ST=39;CN=2051;PW=123456;MN=88888880000001;CP=&&DataTime=20261120142500;QN=20261120142617305;" + AREA % (b"132.0", b"58.4") + b"&&"), "HJ/T 212-2005"),
        (build_frame(body().replace(b"DataTime=202611201425", b"DataTime=202611200225")), "12 小时制"),
        (build_frame(body()).hex(" ").encode(), "按十六进制读出"),
        (build_frame(HEAD + "a34002-Avg=132.0,a34002-Flag=N;位置=东门&&".encode("gb18030")), "可以用"),
        (build_frame(HEAD + "a34002-Avg=132.0,a34002-Flag=N;位置=东门&&".encode("gb18030")).decode("gb18030").encode(), "汉字按 GB18030 计字节"),
    ],
)  # fmt: skip
def test_each_state_says_the_one_thing_to_change(raw: bytes, words: str) -> None:
    page = ask(raw)
    assert words in page
    assert "Tk83pz" not in page.split("</textarea>")[1], "结果里的口令要遮盖"


@pytest.mark.django_db
def test_the_sample_of_the_picture_and_its_answer() -> None:
    page = ask(build_frame(views.SAMPLE))
    assert (
        "##0087QN=20261122095203118;ST=91;CN=9014;PW=******;MN=A14010600000000000031507;Flag=4;CP=&amp;&amp;&amp;&amp;7200"
        in page
    )
    assert "收 2C40，算 2C40" in page
    assert "数值 6/9 个正常" in page
    assert "PM2.5 ≤ PM10 ≤ TSP 也成立" in page


@pytest.mark.django_db
def test_several_packets_have_one_verdict_each() -> None:
    page = ask(build_frame(body()) + build_frame(body()).replace(b"PW", b"Pw") + build_frame(body()))
    assert "共 3 包" in page
    assert "2 包格式合格" in page


@pytest.mark.django_db
def test_nothing_is_stored_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    before = counts()
    with caplog.at_level(logging.DEBUG):
        for raw in (build_frame(body()), b"garbage", b"\x00", b"##9999" + b"x" * 5000):
            answer = Client().post("/check", raw, content_type="application/octet-stream")
            assert not answer.cookies
    assert len(before) > 50
    assert counts() == before
    assert not [line for line in caplog.messages if "garbage" in line or "A14014" in line or "Tk83pz" in line]


TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT')
"""


def counts() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
            found[name] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db
def test_too_long_is_said_and_refused() -> None:
    answer = Client().post("/check", b"##" + b"1" * 9000, content_type="text/plain")
    assert answer.status_code == 413
    assert "一次最多检查 8,192 字节" in answer.content.decode()
    huge = Client().post("/check", b"1" * 70_000, content_type="text/plain")
    assert huge.status_code == 413


@pytest.mark.django_db
def test_too_many_requests_are_refused_by_source() -> None:
    for _ in range(30):
        assert Client().post("/check", b"x", content_type="text/plain").status_code == 200
    refused = Client().post("/check", b"x", content_type="text/plain")
    assert refused.status_code == 429
    assert "请一分钟后再查" in refused.content.decode()
    other = Client(REMOTE_ADDR="198.51.100.7").post("/check", b"x", content_type="text/plain")
    assert other.status_code == 200


def test_the_turnstile_forgets_after_a_minute() -> None:
    gate = limits.Turnstile()
    assert [gate.admit("a", 2, moment) for moment in (0.0, 1.0, 2.0, 59.0, 60.5)] == [
        True,
        True,
        False,
        False,
        True,
    ]


@pytest.mark.django_db
def test_the_form_works_without_a_session_and_keeps_the_bytes() -> None:
    page: Any = Client(enforce_csrf_checks=True).post("/check", {"packet": build_frame(body()).decode()})
    assert "可以用，没有要改的" in page.content.decode()
    odd = b"packet=%23%23%00%FF"
    assert Client().post("/check", odd, content_type="application/x-www-form-urlencoded").status_code == 200
    empty = Client().post("/check", {"packet": "  "})
    assert "还没有粘贴报文" in empty.content.decode()

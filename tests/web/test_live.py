"""实时事件：两秒内到、只到该看的人、断线重连、权限没了就停。"""

import asyncio
import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from gongdi.equipment.models import Device
from gongdi.web.hub import Hub, Subscriber, device_ids
from gongdi.web.live import HUB
from tests.web.world import client_of


@contextmanager
def stream(base: str, role: str, query: str = "") -> Iterator[http.client.HTTPResponse]:
    """An open event stream of one role."""
    cookies = "; ".join(f"{key}={value.value}" for key, value in client_of(role).cookies.items())
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=8)
    connection.request("GET", f"/live{query}", headers={"Cookie": cookies, "Accept": "text/event-stream"})
    answer = connection.getresponse()
    try:
        yield answer
    finally:
        connection.close()


def until(answer: http.client.HTTPResponse, wanted: str) -> float:
    """Seconds until a line with these words."""
    started = time.monotonic()
    while True:
        line = answer.readline().decode()
        assert line, "流断了"
        if wanted in line:
            return time.monotonic() - started


def notify(dsn: Callable[[str], str], payload: str) -> None:
    """What the writer does after a flush."""
    with psycopg.connect(dsn("gateway"), autocommit=True) as connection:
        connection.execute("SELECT pg_notify('live', %s)", (payload,))


def test_a_flush_reaches_the_page_within_two_seconds(site_url: str, dsn: Callable[[str], str]) -> None:
    device = Device.objects.order_by("gateway_device_id").first()
    assert device is not None
    with stream(site_url, "county", f"?device={device.ref}") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        until(answer, "data: {}")
        notify(dsn, f"dust {device.gateway_device_id}")
        assert until(answer, f'{{"device": {device.gateway_device_id}}}') < 2


def test_others_devices_are_never_named(site_url: str, dsn: Callable[[str], str]) -> None:
    own = Device.objects.filter(project__division="140105").order_by("gateway_device_id").last()
    foreign = Device.objects.filter(project__division="140212").first()
    assert own is not None
    assert foreign is not None
    with stream(site_url, "county") as answer:
        until(answer, "data: {}")
        notify(dsn, f"dust {foreign.gateway_device_id}")
        notify(dsn, f"dust {own.gateway_device_id}")
        line = ""
        while '"device"' not in line:
            line = answer.readline().decode()
        assert f": {own.gateway_device_id}}}" in line
    with stream(site_url, "county", f"?device={foreign.ref}") as answer:
        assert answer.status == 404


def test_the_listener_comes_back_after_its_connection_is_cut(
    site_url: str, dsn: Callable[[str], str]
) -> None:
    device = Device.objects.order_by("gateway_device_id").first()
    assert device is not None
    with stream(site_url, "county") as answer:
        until(answer, "data: {}")
        with psycopg.connect(dsn("super"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN live' AND datname = current_database()"
            )
        until(answer, "data: {}")
        notify(dsn, f"dust {device.gateway_device_id}")
        assert until(answer, f'{{"device": {device.gateway_device_id}}}') < 2


def test_open_streams_hold_no_transaction(site_url: str, dsn: Callable[[str], str]) -> None:
    with stream(site_url, "county") as answer:
        until(answer, "data: {}")
        with psycopg.connect(dsn("super")) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'gongdi_app'"
                " AND state LIKE 'idle in transaction%'"
            ).fetchone()
        assert row == (0,)


@pytest.mark.parametrize(
    ("payload", "ids"),
    [("dust 1,2", {1, 2}), ("dust ", set()), ("video 3", set()), ("", set()), ("dust x,4", {4})],
)
def test_payloads(payload: str, ids: set[int]) -> None:
    assert device_ids(payload) == ids


def test_a_stream_keeps_only_what_concerns_it() -> None:
    subscriber = Subscriber(frozenset({1, 2}))
    subscriber.offer({3})
    assert not subscriber.wake.is_set()
    subscriber.offer({2, 3})
    subscriber.offer({1})
    assert subscriber.take() == ({1, 2}, False)
    assert subscriber.take() == (set(), False)


def test_an_unused_hub_listens_to_nothing() -> None:
    assert Hub(lambda: "").streams == 0


def test_closing_the_hub_ends_the_streams(site_url: str) -> None:
    with stream(site_url, "county") as answer:
        until(answer, "data: {}")
        HUB.close()
        started = time.monotonic()
        while answer.readline():
            pass
        assert time.monotonic() - started < 3


def test_streams_of_an_ended_loop_are_forgotten(dsn: Callable[[str], str]) -> None:
    hub = Hub(lambda: dsn("app"))

    async def left_open() -> None:
        subscriber = hub.join(frozenset({1}))
        waiting = asyncio.ensure_future(subscriber.wake.wait())
        await asyncio.sleep(0)
        del waiting

    async def joined_later() -> bool:
        subscriber = hub.join(frozenset({2}))
        await asyncio.wait_for(subscriber.wake.wait(), 5)
        hub.leave(subscriber)
        return subscriber.lost and hub.streams == 0

    asyncio.run(left_open())
    assert asyncio.run(joined_later())

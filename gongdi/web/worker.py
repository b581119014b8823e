"""后台任务进程：一条线程不停汇总覆盖，一条每秒封链，其余例行工作由同一数据库上的 procrastinate 定时执行。"""

import asyncio
import logging
import signal
import threading
from collections.abc import Sequence

import django
from django.db import DatabaseError, close_old_connections, connection
from procrastinate import App, PsycopgConnector

from gongdi.config.load import Config
from gongdi.kernel import clock

log = logging.getLogger("gongdi.worker")
PAUSE_S = 1.0
RETRY_S = 3.0
TERMS_S = 30.0
IDS_PER_NOTICE = 800
GRACE_S = 6.0


def run(config: Config) -> int:
    """Work until SIGTERM or SIGINT; 0 after an orderly end."""
    django.setup()
    stop = threading.Event()
    folder = threading.Thread(target=_fold_until, args=(stop,), name="coverage", daemon=True)
    folder.start()
    sealer = threading.Thread(target=_seal_until, args=(stop,), name="evidence", daemon=True)
    sealer.start()
    try:
        asyncio.run(_serve(config, stop))
    finally:
        stop.set()
        folder.join(GRACE_S)
        sealer.join(GRACE_S)
    return 0


async def _serve(config: Config, stop: threading.Event) -> None:
    """Run procrastinate; it listens for jobs and defers the periodic ones."""
    from procrastinate.contrib.django import app as proxy

    loop = asyncio.get_running_loop()
    app: App = proxy.with_connector(PsycopgConnector(conninfo=config.dsn("app"), min_size=1, max_size=4))
    async with app.open_async():
        work = asyncio.ensure_future(
            app.run_worker_async(
                concurrency=2,
                install_signal_handlers=False,
                listen_notify=True,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACE_S,
            )
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _end, stop, work)
        try:
            await work
        except asyncio.CancelledError:
            if not stop.is_set():
                raise


def _end(stop: threading.Event, work: "asyncio.Future[None]") -> None:
    stop.set()
    work.cancel()


def _fold_until(stop: threading.Event) -> None:
    """Catch up once, then fold every second; a lost database is waited for, never given up."""
    from gongdi.web.catching_up import catch_up

    ready = False
    while not stop.is_set():
        try:
            if not ready:
                catch_up(clock.now())
                ready = True
            _fold_while_connected(stop)
        except DatabaseError as error:
            log.warning("覆盖汇总暂停，稍后重试：%s", str(error).strip().splitlines()[:1])
            stop.wait(RETRY_S)
        finally:
            close_old_connections()
            connection.close()


def _seal_until(stop: threading.Event) -> None:
    """Link committed events each second (封链); a lost database is waited for."""
    from gongdi.kernel.evidence.sealing import seal

    while not stop.wait(PAUSE_S):
        try:
            while seal(clock.now()) and not stop.is_set():
                pass
        except DatabaseError as error:
            log.warning("封链暂停，稍后重试：%s", str(error).strip().splitlines()[:1])
            stop.wait(RETRY_S)
        finally:
            close_old_connections()
            connection.close()


def _fold_while_connected(stop: threading.Event) -> None:
    from gongdi.telemetry.services.fold_coverage import fold
    from gongdi.telemetry.terms import load_terms

    terms, loaded = load_terms(), clock.now()
    while not stop.is_set():
        now = clock.now()
        if (now - loaded).total_seconds() > TERMS_S:
            terms, loaded = load_terms(), now
        folded = fold(terms, now)
        if folded.idle:
            stop.wait(PAUSE_S)
        else:
            _tell(folded.devices)


def _tell(devices: Sequence[int]) -> None:
    """Tell the open pages which devices have new minutes (ids only)."""
    with connection.cursor() as cursor:
        for start in range(0, len(devices), IDS_PER_NOTICE):
            ids = ",".join(map(str, devices[start : start + IDS_PER_NOTICE]))
            cursor.execute("SELECT pg_notify('live', %s)", [f"dust {ids}"])

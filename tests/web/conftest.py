"""页面测试的夹具：世界、登录、在本进程里的真实网页服务。"""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from tests.web.world import World


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reading comes from the samples, at the instant of the samples."""
    from tests.web.world import sample_readings

    sample_readings(monkeypatch)


@pytest.fixture
def world(db: None, sampled: None) -> "World":
    """The world inside one transaction."""
    from tests.web.world import make_world

    return make_world()


@pytest.fixture
def signed_in(world: "World") -> Callable[[str], "Client"]:
    """A test client signed in as one role."""
    from tests.web.world import client_of

    return client_of


@pytest.fixture
def site_url(transactional_db: None, sampled: None) -> Iterator[str]:
    """Address of the real ASGI application on a free port, in a thread of this process."""
    import uvicorn

    from gongdi.web.live import HUB
    from tests.builders import second_factor_off
    from tests.web.world import make_world

    make_world()
    second_factor_off()
    config = uvicorn.Config(
        "gongdi.web.asgi:application", port=0, lifespan="off", log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    HUB.close()
    server.should_exit = True
    thread.join(10)

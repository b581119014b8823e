"""网页进程：用 uvicorn 提供页面和接口。"""

import os
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn

from gongdi.cli.arguments import Parser
from gongdi.config.load import load

GRACE_SECONDS = 3


class Server(uvicorn.Server):
    """uvicorn that first ends the open event streams, so that a stop needs no cancelled requests."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGINT or SIGTERM: end the streams, then stop as usual."""
        from gongdi.web.live import HUB

        HUB.close()
        super().handle_exit(sig, frame)


def run(argv: Sequence[str]) -> int:
    """Serve until SIGTERM; `--fd N` takes a socket bound by the launcher and shared by all web processes."""
    parser = Parser(prog="gongdi web")
    parser.add_argument("--fd", type=int)
    options = parser.parse_args(argv)
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    config = load(os.environ)
    server = Server(
        uvicorn.Config(
            "gongdi.web.asgi:application",
            host=config.host,
            port=config.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            server_header=False,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    sockets = None if options.fd is None else [socket.socket(fileno=options.fd)]
    server.run(sockets=sockets)
    return 0

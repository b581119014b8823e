"""端口：启动前先看，被占用就用一句话说清是哪个端口、哪个变量。"""

import contextlib
import errno
import socket
from dataclasses import dataclass

from gongdi.config.load import Config, ConfigError


@dataclass(frozen=True)
class Port:
    """One TCP port of the system: who listens, its number and the variable that changes it."""

    purpose: str
    number: int
    variable: str


def ports_of(config: Config) -> tuple[Port, ...]:
    """Return the ports of the processes that exist: web first."""
    return (Port("网页", config.port, "PORT"), Port("扬尘网关", config.hj212_port, "GONGDI_HJ212_PORT"))


def bind(host: str, port: Port) -> socket.socket:
    """Bind (without listening) one port; ConfigError with number and variable when it is taken.

    The socket is handed to the web processes, which share it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port.number))
        held.listen(0)
    except OSError as error:
        held.close()
        raise ConfigError(_sentence(host, port, error)) from None
    return held


def check(config: Config) -> None:
    """Refuse to start when two ports are the same or one is taken."""
    seen: dict[int, Port] = {}
    for port in ports_of(config):
        if port.number in seen:
            raise ConfigError(
                f"{seen[port.number].variable} 和 {port.variable} 都是 {port.number}，请给其中一个换个端口。"
            )
        seen[port.number] = port
        bind(config.host, port).close()


def listening(host: str, number: int) -> bool:
    """Say whether something accepts connections on a port."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    with contextlib.suppress(OSError), socket.create_connection((address, number), timeout=1):
        return True
    return False


def _sentence(host: str, port: Port, error: OSError) -> str:
    where = f"{port.purpose}端口 {port.number}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} 已被占用，请停掉占用它的程序，或用变量 {port.variable} 换一个端口。"
    if error.errno == errno.EACCES:
        return f"{where} 没有权限使用，请用变量 {port.variable} 换一个 1024 以上的端口。"
    return f"{where} 无法在 {host} 上监听（{error.strerror}），请检查变量 {port.variable} 和 GONGDI_HOST。"

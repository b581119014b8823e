"""命令 gongdi simulate：以单独的进程运行模拟扬尘设备。"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import gongdi
from gongdi.cli.arguments import Parser
from gongdi.config.load import ConfigError, load

FILE = "demo-devices.json"


def run(words: Sequence[str]) -> int:
    """`gongdi simulate [--file JSON] [--to HOST:PORT]`: become the simulator process (模拟设备)."""
    config = load(os.environ)
    parser = Parser(prog="gongdi simulate", description="模拟扬尘设备")
    parser.add_argument(
        "--file", type=Path, default=config.data / FILE, help=f"设备清单，默认数据目录里的 {FILE}"
    )
    parser.add_argument("--to", default=f"127.0.0.1:{config.hj212_port}", help="网关地址 主机:端口")
    options = parser.parse_args(list(words))
    root = Path(gongdi.__file__).resolve().parent.parent
    if not (root / "tools" / "simulators").is_dir():
        raise ConfigError("这里没有模拟设备程序（tools/simulators），请在源码目录里运行。")
    if not options.file.is_file():
        raise ConfigError(f"找不到设备清单 {options.file}，请先以演示方式启动系统。")
    host, _, port = options.to.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65_536:
        raise ConfigError(f"网关地址 {options.to} 不对，应为 主机:端口，例如 127.0.0.1:9002。")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))
    arguments = [sys.executable, "-m", "tools.simulators.dust", str(options.file.absolute()), host, port]
    os.execv(sys.executable, arguments)

"""设备网关进程：dust 收扬尘报文。"""

import os
from collections.abc import Sequence

from gongdi.config.load import ConfigError, load
from gongdi.gateways import dust


def run(argv: Sequence[str]) -> int:
    """Run one gateway until SIGTERM."""
    if list(argv) != ["dust"]:
        raise ConfigError("用法：gongdi gateway dust")
    return dust.main(load(os.environ))

"""gongdi evidence verify：从头重算摘要链，有改动时说出第一处，退出码为 1。"""

import os
from collections.abc import Sequence
from pathlib import Path

from gongdi.cli.arguments import Parser
from gongdi.cli.running import set_up_django
from gongdi.config.load import load
from gongdi.kernel import clock


def run(argv: Sequence[str]) -> int:
    """Check every event, link, bulk row and daily root; prints the faults, first one first."""
    parser = Parser(prog="gongdi evidence")
    parser.add_argument("act", choices=["verify"], help="verify：核对")
    parser.add_argument("--data", type=Path, help="数据目录，缺省取 DATA 或 ./var")
    options = parser.parse_args(list(argv))
    set_up_django(load(os.environ, options.data))
    from gongdi.kernel.evidence.sealing import verify

    checked, faults = verify(clock.now())
    for fault in faults:
        print(fault, flush=True)
    print(f"核对 {checked:,} 个事件，{'没有改动' if not faults else f'发现 {len(faults)} 处不符'}")
    return 1 if faults else 0

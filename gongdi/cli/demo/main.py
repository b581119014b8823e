"""命令 gongdi demo：把演示省装进一个空的系统。"""

import os
import sys
from collections.abc import Sequence

from gongdi.cli.running import set_up_django
from gongdi.config.load import ConfigError, load


def run(words: Sequence[str]) -> int:
    """`gongdi demo load`: load the demo province (演示省) once; a second call says so and does nothing."""
    if list(words) != ["load"]:
        raise ConfigError("用法：gongdi demo load")
    set_up_django(load(os.environ))
    from gongdi.cli.demo.load import load_demo
    from gongdi.kernel.clock import now

    load_demo(load(os.environ), now(), say)
    return 0


def say(sentence: str) -> None:
    """One progress line, flushed."""
    print(sentence, flush=True, file=sys.stdout)

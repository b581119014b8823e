"""后台任务进程：覆盖归并、汇总、压缩、告警。"""

import os
from collections.abc import Sequence

from gongdi.cli.running import set_up_django
from gongdi.config.load import load
from gongdi.web import worker


def run(argv: Sequence[str]) -> int:
    """Run the background jobs until SIGTERM; without a running system it fails at once.

    A database that goes away later is waited for; at the start the launcher tries again.
    """
    config = load(os.environ)
    set_up_django(config)
    return worker.run(config)

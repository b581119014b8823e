"""后台任务进程：覆盖归并、汇总、压缩、告警。"""

import os
from collections.abc import Sequence

from gongdi.config.load import load
from gongdi.web import worker


def run(argv: Sequence[str]) -> int:
    """Run the background jobs until SIGTERM."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    return worker.run(load(os.environ))

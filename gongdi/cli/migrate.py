"""迁移：以属主角色建立或更新表结构，别的进程都没有这个权限。"""

import os
from collections.abc import Sequence

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def run(argv: Sequence[str]) -> int:
    """Apply all pending migrations as gongdi_owner and say how many there were."""
    os.environ["GONGDI_DB_ROLE"] = "owner"
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    django.setup()
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not pending:
        print("表结构已是最新", flush=True)
        return 0
    print(f"更新表结构（{len(pending)} 步）", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    return 0

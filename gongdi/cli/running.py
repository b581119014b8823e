"""在运行中的系统上办事的命令：先确认数据库连得上，再请出 Django。"""

import os

import django
import psycopg

from gongdi.config.load import Config

PATIENCE_S = 5


def set_up_django(config: Config) -> None:
    """Set up Django as the application role of a running system.

    psycopg.OperationalError at once when the database does not answer: the pool would try for ten seconds and
    write its own English lines to stderr.
    """
    psycopg.connect(config.dsn("app"), connect_timeout=PATIENCE_S).close()
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    django.setup()

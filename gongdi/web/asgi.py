"""网页进程的入口（ASGI）：先静态文件，后 Django。"""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from gongdi.web.static_files import StaticFiles
from gongdi.web.static_version import ROOT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongdi.web.settings")

application = StaticFiles(get_asgi_application(), ROOT, settings.STATIC_URL)

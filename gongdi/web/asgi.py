"""网页进程的入口（ASGI）。"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongdi.web.settings")

application = get_asgi_application()

"""压测 pages 的网页进程：生产的设置和地址，外加两个空页作对照。"""

import os
import sys


def main(argv: list[str]) -> int:
    """Serve the product with two empty pages beside it, until SIGTERM."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    import django

    django.setup()
    from django.http import HttpRequest, HttpResponse
    from django.shortcuts import render
    from django.urls import path

    from gongdi.cli import web
    from gongdi.pages.requests import public
    from gongdi.web import urls

    def empty(request: HttpRequest) -> HttpResponse:
        """Middleware, session, guard, shell and base template; nothing on the page."""
        return render(request, "base.html")

    @public
    def bare(request: HttpRequest) -> HttpResponse:
        """Middleware and one line of text."""
        return HttpResponse("空")

    urls.urlpatterns += [
        path("bench/empty", empty, name="bench-empty"),
        path("bench/bare", bare, name="bench-bare"),
    ]
    return web.run(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""搜索页的入口：恰好一个结果就直接打开。"""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from gongdi.boards.search.finding import SHORTEST, find
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest


def search(request: ScopedRequest) -> HttpResponse:
    """Results by kind inside the scope; the only hit, or the only exact number, opens at once."""
    word = listing.text(request.GET, "q")
    found = find(request.scope, word)
    if found.jump and "stay" not in request.GET:
        return redirect(found.jump)
    context = {"found": found, "word": word, "short": bool(word) and len(word) < SHORTEST}
    return render(request, "boards/search.html", context)

"""静态文件：启动时读进内存并压缩，在 Django 之前应答，不占线程。"""

import gzip
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
FOREVER = b"public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file: its type, its bytes, the same compressed."""

    kind: bytes
    body: bytes
    packed: bytes


class StaticFiles:
    """ASGI wrapper that answers GET and HEAD below `prefix` from memory and passes on everything else."""

    def __init__(self, inner: Application, root: Path, prefix: str) -> None:
        self._inner = inner
        self._prefix = prefix
        self._files = {
            path.relative_to(root).as_posix(): _read(path) for path in root.rglob("*") if path.is_file()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/static/"):
            await self._inner(scope, receive, send)
            return
        name = scope["path"].removeprefix(self._prefix)
        found = self._files.get(name) if scope["method"] in ("GET", "HEAD") else None
        if found is None:
            await _answer(
                send, 404, [(b"content-type", b"text/plain; charset=utf-8")], "没有这个文件\n".encode()
            )
            return
        packed = any(key == b"accept-encoding" and b"gzip" in value for key, value in scope["headers"])
        body = found.packed if packed else found.body
        headers = [
            (b"content-type", found.kind),
            (b"cache-control", FOREVER),
            (b"vary", b"accept-encoding"),
            (b"x-content-type-options", b"nosniff"),
            (b"content-length", str(len(body)).encode()),
        ]
        if packed:
            headers.append((b"content-encoding", b"gzip"))
        await _answer(send, 200, headers, b"" if scope["method"] == "HEAD" else body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(kind.encode(), body, gzip.compress(body, 6, mtime=0))

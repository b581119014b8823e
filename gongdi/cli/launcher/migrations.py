"""迁移指纹：表结构没有变化时，启动可以跳过迁移这一步。"""

import hashlib
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]
_PATTERNS = ("**/migrations/*.py", "ingest/schema/*.sql")
_OTHERS = ("django", "django-allauth", "procrastinate")


def fingerprint(package: Path = _PACKAGE) -> str:
    """Return a digest of every migration and schema file and of the libraries that bring migrations."""
    digest = hashlib.sha256()
    for pattern in _PATTERNS:
        for path in sorted(package.glob(pattern)):
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in _OTHERS:
        digest.update(f"{name} {metadata.version(name)}\0".encode())
    return digest.hexdigest()[:16]

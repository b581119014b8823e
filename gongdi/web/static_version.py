"""静态文件的版本：整棵树的摘要，写进地址，内容一变地址就变。"""

import hashlib
from pathlib import Path

ROOT = Path(__file__).parent / "static"


def tree_version(root: Path = ROOT) -> str:
    """First ten hex digits of a SHA-256 over the names and bytes of all static files."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]

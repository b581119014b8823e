"""密钥：第一次启动时随机生成，只有属主可读，从不使用默认值。"""

import json
import os
import secrets
from pathlib import Path

from gongdi.config.load import ConfigError

SECRET_NAMES = ("django", "db_owner", "db_app", "db_gateway", "db_super", "personal")


def ensure_secrets(data: Path) -> dict[str, str]:
    """Read DATA/secrets.json, adding (and fsyncing) every secret that is missing; the file has mode 0600.

    A damaged file raises ConfigError: new secrets would lock the owner out of the existing database.
    """
    path = data / "secrets.json"
    known: dict[str, str] = {}
    if path.exists():
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ConfigError(f"{path} 已损坏，无法读取；请从备份恢复该文件。") from None
    missing = [name for name in SECRET_NAMES if name not in known]
    if missing:
        known.update({name: secrets.token_urlsafe(32) for name in missing})
        write_private(path, json.dumps(known, indent=1))
    return known


def write_private(path: Path, text: str) -> None:
    """Replace a file by content only its owner may read (0600), durably: fsync, rename, fsync of the folder."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

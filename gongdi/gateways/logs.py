"""网关日志：一行一件事，中文加字段；密码打码，回车换行转义。"""

import logging
import re
import sys

_PASSWORD = re.compile(r"(PW=)[^;&\s]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def safe(text: str, limit: int = 400) -> str:
    """Make foreign text fit for a log line: password masked, control characters escaped, cut at `limit`."""
    masked = _PASSWORD.sub(r"\1******", text)
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], masked)[:limit]


def line(event: str, **fields: object) -> str:
    """`event key=value …`; values are made safe."""
    return " ".join([event, *(f"{key}={safe(str(value))}" for key, value in fields.items() if value != "")])


def configure(name: str) -> logging.Logger:
    """Log to stderr with Beijing-time free stamps of the system clock; returns the process's logger."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger(name)
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger

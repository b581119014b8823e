"""报文检查的限次：每个来源每分钟几次，只在内存里数，不留来源。"""

import threading
import time
from collections import OrderedDict

WINDOW_S = 60.0
SOURCES_KEPT = 10_000


class Turnstile:
    """Counts the requests of a source in the last minute; forgets the oldest sources first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, source: str, most: int, moment: float | None = None) -> bool:
        """Whether one more request of this source is within `most` a minute."""
        now = time.monotonic() if moment is None else moment
        with self._lock:
            times = [at for at in self._seen.pop(source, ()) if now - at < WINDOW_S]
            admitted = len(times) < most
            self._seen[source] = [*times, now] if admitted else times
            while len(self._seen) > SOURCES_KEPT:
                self._seen.popitem(last=False)
        return admitted


TURNSTILE = Turnstile()

"""写入层的上限和节拍：运行参数，不是法规口径。"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WriterPolicy:
    """Limits of one writer; seconds, rows and bytes as named."""

    flush_rows: int = 5_000
    flush_s: float = 0.1
    last_s: float = 1.0
    presence_s: float = 15.0
    backlog_rows: int = 20_000
    backlog_bytes: int = 64 << 20
    stall_s: float = 2.0
    retry_first_s: float = 0.1
    retry_most_s: float = 2.0
    statement_timeout_ms: int = 30_000
    lock_timeout_ms: int = 5_000
    known_maps: int = 60_000
    hot_days: int = 7  # 归档只动更早的日，所以近日的行不必问“是否已归档”
    kept_per_source_day: int = 200
    kept_per_day: int = 20_000
    kept_bytes: int = 8_192
    counted_sources_day: int = 5_000
    pending_devices: int = 2_000
    pending_frames: int = 5
    conflicts_per_device_day: int = 200

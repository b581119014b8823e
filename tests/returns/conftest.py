"""回传率测试用监测室的装置造数据。"""

from tests.telemetry.conftest import store, terms

__all__ = ["store", "terms"]

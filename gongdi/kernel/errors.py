"""全平台的业务拒绝：异常自带一句中文说明。"""


class GongdiError(Exception):
    """操作无法完成。"""

    def __init__(self, message: str | None = None) -> None:
        """Without `message` the class docstring is the sentence shown to the user."""
        super().__init__(message or (self.__doc__ or "").strip())


class UnusableInput(GongdiError):
    """输入无法使用，请检查格式后重试。"""


class PolicyError(GongdiError):
    """政策参数无法使用，请检查键名、数值和生效日期。"""


class CalendarError(GongdiError):
    """工作日历数据无法使用，请检查年份与日期。"""


class ClauseError(GongdiError):
    """条款清单 clauses.toml 无法使用，请检查编号、状态与说明。"""


class NotAllowed(GongdiError):
    """没有办理此事项的权限。"""


class NotFound(GongdiError):
    """没有找到所查内容，或无权查看。"""

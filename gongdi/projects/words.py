"""留痕里本房间行为的中文。"""

ACT_WORDS = {
    "project.created": "项目建档",
    "project.edited": "修改基础信息",
    "project.entry_submitted": "提交入库",
    "project.entry_accepted": "准予入库",
    "project.entry_returned": "退回入库申请",
    "project.start_corrected": "更正开工日期",
    "project.completed": "确认竣工",
    "stop.applied": "申请停工",
    "stop.approved": "批准停工",
    "stop.refused": "不予批准停工",
    "stop.withdrawn": "撤回停工申请",
    "stop.ordered": "责令停工",
    "stop.resumed": "复工",
    "officer.assigned": "指定监督员",
    "supervision.moved": "监督移交",
    "party.added": "参建单位进场",
    "party.ended": "参建单位离场",
    "post.added": "人员到岗",
    "post.ended": "人员离岗",
}

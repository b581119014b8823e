"""项目台账的地址。"""

from django.urls import path

from gongdi.projects.views import acts, file, officers, people, stops

urlpatterns = [
    path("projects/<uuid:ref>/file", file.file_page, name="project-file"),
    path("projects/<uuid:ref>/file/submit", file.submit, name="project-submit"),
    path("projects/<uuid:ref>/start", file.change_start, name="project-start"),
    path("projects/<uuid:ref>/acts/<slug:act>", acts.act_page, name="project-act"),
    path("projects/<uuid:ref>/parties", people.parties_page, name="project-parties"),
    path("projects/<uuid:ref>/parties/<int:key>/leave", people.leave_party, name="party-leave"),
    path("projects/<uuid:ref>/posts/<int:key>/leave", people.leave_post, name="post-leave"),
    path("projects/<uuid:ref>/stops", stops.stops_page, name="project-stops"),
    path("stops/<uuid:ref>", stops.stop_page, name="stop"),
    path("entry/<uuid:ref>", file.review_page, name="entry-review"),
    path("officers", officers.officers_page, name="officers"),
    path("officers/<uuid:ref>", officers.hand_over_page, name="officer-hand-over"),
]

"""台账导入与许可比对的地址。"""

from django.urls import path

from gongdi.inventory import views

urlpatterns = [
    path("inventory/", views.import_page, name="imports"),
    path("inventory/template/<slug:kind>.xlsx", views.template_file, name="import-template"),
    path("inventory/permits", views.permit_page, name="permits"),
    path("inventory/permits.xlsx", views.permit_xlsx, name="permits-xlsx"),
    path("inventory/from-permit", views.from_permit, name="from-permit"),
    path("inventory/<uuid:ref>/", views.batch_page, name="import-batch"),
    path("inventory/<uuid:ref>/apply", views.apply_batch, name="import-apply"),
    path("inventory/<uuid:ref>/discard", views.discard_batch, name="import-discard"),
    path("inventory/<uuid:ref>/wrong.xlsx", views.wrong_rows, name="import-wrong"),
]

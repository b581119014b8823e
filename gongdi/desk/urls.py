"""开户与服务窗口的地址。"""

from django.urls import URLPattern, path

from gongdi.desk.views import activation, asking, person, registering, resetting, units

urlpatterns: list[URLPattern] = [
    path("people/", units.unit_page, name="people"),
    path("people/slips", units.slip_page, name="own-slips"),
    path("people/contacts", units.contact_page, name="contacts"),
    path("people/contacts/<int:key>/remove", units.remove_contact, name="contact-remove"),
    path("people/bodies/new", units.new_body, name="body-new"),
    path("units/<uuid:ref>/", units.unit_page, name="unit"),
    path("units/<uuid:ref>/slips", units.slip_page, name="unit-slips"),
    path("people/<uuid:ref>/", person.person_page, name="person"),
    path("people/<uuid:ref>/slip", units.person_slip, name="person-slip"),
    path("people/<uuid:ref>/unmask", person.unmask, name="person-unmask"),
    path("people/<uuid:ref>/reset", resetting.reset_person, name="person-reset"),
    path("people/<uuid:ref>/switch", person.switch, name="person-switch"),
    path("people/<uuid:ref>/invite", person.invite_again, name="person-invite"),
    path("people/<uuid:ref>/duty/<int:key>", person.set_duty, name="person-duty"),
    path("people/<uuid:ref>/deputy/<int:key>", person.deputy, name="person-deputy"),
    path("activate", activation.activate, name="activate"),
    path("activate/<str:code>", activation.activate_code, name="activate-code"),
    path("enterprises/register", registering.register, name="enterprise-register"),
    path("enterprises/register/<str:code>", registering.registration_state, name="registration-state"),
    path("registrations/", registering.review_list, name="registrations"),
    path("registrations/<uuid:ref>/", registering.review, name="registration"),
    path("help/ask", asking.ask, name="ask"),
    path("help/asked", asking.ask_done, name="ask-done"),
    path("questions/", asking.question_list, name="questions"),
    path("questions/<uuid:ref>/", asking.question, name="question"),
]

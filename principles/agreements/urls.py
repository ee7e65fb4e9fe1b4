"""Addresses of customers, suppliers and their agreements, under /together/agreements/."""

from django.urls import path

from principles.agreements.views import agreements, breaches, drafts, picture, register, signing

app_name = "agreements"

urlpatterns = [
    path("", agreements.agreements, name="agreements"),
    path("register/", register.register, name="register"),
    path("register/confirm/", register.register_confirm, name="register_confirm"),
    path("register/add/", register.relationship_new, name="relationship_new"),
    path("register/<int:pk>/", register.relationship, name="relationship"),
    path("register/<int:pk>/edit/", register.relationship_edit, name="relationship_edit"),
    path("register/<int:pk>/end/", register.relationship_end, name="relationship_end"),
    path("register/<int:pk>/needs/", register.need_add, name="need_add"),
    path("needs/<int:pk>/retire/", register.need_retire, name="need_retire"),
    path("parties/", register.parties, name="parties"),
    path("parties/add/", register.party_edit, name="party_new"),
    path("parties/<int:pk>/", register.party_edit, name="party_edit"),
    path("picture/", picture.picture, name="picture"),
    path("register/<int:pk>/agreement/", drafts.agreement_new, name="agreement_new"),
    path("<int:pk>/", agreements.agreement, name="agreement"),
    path("<int:pk>/edit/", drafts.agreement_edit, name="agreement_edit"),
    path("<int:pk>/terms/add/", drafts.term_new, name="term_new"),
    path("terms/<int:pk>/", drafts.term_edit, name="term_edit"),
    path("terms/<int:pk>/remove/", drafts.term_remove, name="term_remove"),
    path("<int:pk>/sign/<str:side>/", signing.sign, name="sign"),
    path("<int:pk>/new-version/", signing.new_version, name="new_version"),
    path("<int:pk>/end/", signing.agreement_end, name="agreement_end"),
    path("<int:pk>/breaches/add/", breaches.breach_new, name="breach_new"),
    path("breaches/<int:pk>/", breaches.breach, name="breach"),
    path("breaches/<int:pk>/answer/", breaches.answer, name="breach_answer"),
    path("breaches/<int:pk>/confirm/", breaches.confirm, name="breach_confirm"),
    path("breaches/<int:pk>/send-back/", breaches.send_back, name="breach_send_back"),
    path("breaches/<int:pk>/deviation/", breaches.deviation_open, name="breach_deviation"),
    path("deviations/<int:pk>/breach/", breaches.deviation_breach, name="deviation_breach"),
]

"""Addresses of the business plan and its challenges, under /direction/."""

from django.urls import URLPattern, path

from roadmap.views import challenges, plan, plan_entries, plan_export

urlpatterns: list[URLPattern] = [
    path("plan/", plan.plan, name="plan"),
    path("plan/export/<slug:format>/", plan_export.plan_export, name="plan_export"),
    path("plan/pdf/", plan_export.plan_pdf, name="plan_pdf"),
    path("plan/year/", plan.plan_year, name="plan_year"),
    path("plan/actions/<int:pk>/", plan_entries.action_plan, name="action_plan"),
    path("plan/actions/<int:pk>/entry/", plan_entries.entry_page, name="entry"),
    path("plan/actions/<int:pk>/out/", plan_entries.entry_out, name="entry_out"),
    path("plan/gaps/<int:pk>/<int:item_pk>/", plan_entries.entry_from_item, name="entry_from_item"),
    path("plan/gaps/<int:pk>/<int:item_pk>/link/", plan_entries.entry_link, name="entry_link"),
    path("challenges/", challenges.challenges, name="challenges"),
    path("challenges/new/", challenges.challenge_new, name="challenge_new"),
    path("challenges/<int:pk>/", challenges.challenge_change, name="challenge"),
    path("challenges/<int:pk>/down/", challenges.challenge_down, name="challenge_down"),
    path("challenges/<int:pk>/end/", challenges.challenge_stop, name="challenge_end"),
    path("challenges/<int:pk>/action/", plan_entries.entry_from_challenge, name="entry_from_challenge"),
]

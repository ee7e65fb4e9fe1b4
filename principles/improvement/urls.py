"""Addresses of deviations, actions and meetings, under /together/improvement/."""

from django.urls import path

from principles.improvement.views import actions, deviations, meeting_people, meetings

app_name = "improvement"

urlpatterns = [
    path("deviations/", deviations.deviations, name="deviations"),
    path("deviations/new/", deviations.deviation_new, name="deviation_new"),
    path("deviations/<int:pk>/", deviations.deviation, name="deviation"),
    path("deviations/<int:pk>/edit/", deviations.deviation_edit, name="deviation_edit"),
    path("deviations/<int:pk>/contain/", deviations.deviation_contain, name="deviation_contain"),
    path("deviations/<int:pk>/whys/", deviations.deviation_whys, name="deviation_whys"),
    path("deviations/<int:pk>/cause/", deviations.deviation_cause, name="deviation_cause"),
    path("deviations/<int:pk>/close/", deviations.deviation_close, name="deviation_close"),
    path("deviations/<int:pk>/reopen/", deviations.deviation_reopen, name="deviation_reopen"),
    path("actions/", actions.actions, name="actions"),
    path("actions/mine/", actions.my_actions, name="my_actions"),
    path("actions/new/", actions.action_new, name="action_new"),
    path("actions/<int:pk>/", actions.action, name="action"),
    path("actions/<int:pk>/edit/", actions.action_edit, name="action_edit"),
    path("actions/<int:pk>/move/", actions.action_move, name="action_move"),
    path("actions/<int:pk>/verify/", actions.action_verify, name="action_verify"),
    path("actions/<int:pk>/cancel/", actions.action_cancel, name="action_cancel"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/new/", meetings.meeting_new, name="meeting_new"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/people/", meeting_people.meeting_attend, name="meeting_attend"),
    path("meetings/people/<int:pk>/remove/", meeting_people.meeting_unattend, name="meeting_unattend"),
    path("meetings/<int:pk>/matters/", meetings.meeting_matter, name="meeting_matter"),
    path("meetings/<int:pk>/end/", meetings.meeting_end, name="meeting_end"),
    path("meetings/matters/<int:pk>/", meetings.meeting_item, name="meeting_item"),
    path("meetings/matters/<int:pk>/outcome/", meetings.meeting_item_outcome, name="meeting_item_outcome"),
    path("meetings/matters/<int:pk>/close/", meetings.meeting_item_close, name="meeting_item_close"),
    path("meetings/matters/<int:pk>/action/", meetings.meeting_item_action, name="meeting_item_action"),
    path("meetings/matters/<int:pk>/actions/<int:action_pk>/", meetings.meeting_item_move, name="meeting_item_move"),
]

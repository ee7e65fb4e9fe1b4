"""Addresses of documents that a worker makes, under /documents/."""

from django.urls import path

from amps.documents import views

app_name = "documents"

urlpatterns = [
    path("", views.listing, name="list"),
    path("ask/<slug:kind>/", views.ask, name="ask"),
    path("<int:pk>/", views.document, name="document"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/file/", views.file, name="file"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]

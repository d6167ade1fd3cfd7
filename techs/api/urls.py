"""URLs of the API."""

from django.urls import path

from techs.api import import_views, views
from techs.api.export_views import DocumentView
from techs.exports import documents

app_name = "techs"

urlpatterns = [
    path("api/techs/", views.TechListView.as_view(), name="list"),
    # Accept requests without the slash, because a redirect would turn a POST into a GET.
    path("api/techs", views.TechListView.as_view(schema=None)),
    path("api/techs/<int:pk>/", views.TechDetailView.as_view(), name="detail"),
    path("api/techs/export.csv", DocumentView.as_view(document=documents.CSV), name="csv"),
    path("api/techs/export.json", DocumentView.as_view(document=documents.JSON), name="json"),
    path("api/techs/export.md", DocumentView.as_view(document=documents.MARKDOWN), name="markdown"),
    path("api/techs/calendar.ics", DocumentView.as_view(document=documents.CALENDAR), name="calendar"),
    path("api/techs/badge.svg", DocumentView.as_view(document=documents.BADGE), name="badge"),
    path("api/techs/changes.atom", DocumentView.as_view(document=documents.ATOM), name="atom"),
    path("api/submissions/<uuid:uuid>/", views.SubmissionView.as_view(), name="submission"),
    path("api/imports/", import_views.ImportListView.as_view(), name="imports"),
    path("api/imports", import_views.ImportListView.as_view(schema=None)),
    path("api/imports/<uuid:uuid>/", import_views.ImportView.as_view(), name="import"),
    path("get", views.WholeListView.as_view(), name="get"),
    path("create", views.CreateView.as_view(), name="create"),
]

"""URLs of the API."""

from django.urls import path

from techs.api import activity_views, bulk_views, import_views, saved_view_views, service_views, upload_views, views
from techs.api.export_views import DocumentView
from techs.api.summary_views import GroupsView, SummaryView
from techs.exports import documents

app_name = "techs"

urlpatterns = [
    # The first patterns are the first that are tried.
    path("get", views.WholeListView.as_view(), name="get"),
    path("create", views.CreateView.as_view(), name="create"),
    path("api/techs/", views.TechListView.as_view(), name="list"),
    path("api/state/", views.StateView.as_view(), name="state"),
    # Accept requests without the slash, because a redirect would turn a POST into a GET.
    path("api/techs", views.TechListView.as_view(schema=None)),
    path("api/techs/<int:pk>/", views.TechDetailView.as_view(), name="detail"),
    path("api/techs/summary/", SummaryView.as_view(), name="summary"),
    path("api/techs/bulk/", bulk_views.BulkView.as_view(), name="bulk"),
    path("api/techs/bulk", bulk_views.BulkView.as_view(schema=None)),
    path("api/techs/groups/", GroupsView.as_view(), name="groups"),
    path("api/techs/export.csv", DocumentView.as_view(document=documents.CSV), name="csv"),
    path("api/techs/export.json", DocumentView.as_view(document=documents.JSON), name="json"),
    path("api/techs/export.md", DocumentView.as_view(document=documents.MARKDOWN), name="markdown"),
    path("api/techs/calendar.ics", DocumentView.as_view(document=documents.CALENDAR), name="calendar"),
    path("api/techs/badge.svg", DocumentView.as_view(document=documents.BADGE), name="badge"),
    path("api/techs/changes.atom", DocumentView.as_view(document=documents.ATOM), name="atom"),
    path("api/views/", saved_view_views.ViewListView.as_view(), name="views"),
    path("api/views", saved_view_views.ViewListView.as_view(schema=None)),
    path("api/views/<int:pk>/", saved_view_views.ViewView.as_view(), name="view"),
    path("api/submissions/<uuid:uuid>/", views.SubmissionView.as_view(), name="submission"),
    path("api/imports/", import_views.ImportListView.as_view(), name="imports"),
    path("api/imports", import_views.ImportListView.as_view(schema=None)),
    path("api/imports/<uuid:uuid>/", import_views.ImportView.as_view(), name="import"),
    path("api/services/", service_views.ServiceListView.as_view(), name="services"),
    path("api/services", service_views.ServiceListView.as_view(schema=None)),
    path("api/services/<slug:slug>/", service_views.ServiceView.as_view(), name="service"),
    path("api/services/<slug:slug>/complete/", upload_views.CompleteView.as_view(), name="complete"),
    path("api/services/<slug:slug>/sources/<path:source>/", upload_views.SourceView.as_view(), name="source"),
    path("api/uploads/<int:pk>/", upload_views.UploadView.as_view(), name="upload"),
    path("api/resolved/", service_views.ResolvedView.as_view(), name="resolved"),
    path("api/activity/", activity_views.ActivityView.as_view(), name="activity"),
    path("api/activity/<int:pk>/", activity_views.ActionView.as_view(), name="action"),
    path("api/activity/<int:pk>/undo/", bulk_views.UndoView.as_view(), name="undo"),
    path("api/activity/<int:pk>/undo", bulk_views.UndoView.as_view(schema=None)),
    path("api/activity/export.csv", activity_views.ActivityCsvView.as_view(), name="activity-csv"),
    path("api/lifecycles/", service_views.LifecyclesView.as_view(), name="lifecycles"),
]

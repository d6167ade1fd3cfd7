"""The API's addresses."""

from django.urls import path

from techs import views

app_name = "techs"

urlpatterns = [
    path("api/techs/", views.TechListView.as_view(), name="list"),
    # A redirect would turn a POST without the slash into a GET, and lose it.
    path("api/techs", views.TechListView.as_view(schema=None)),
    path("api/techs/<int:pk>/", views.TechDetailView.as_view(), name="detail"),
    path("api/submissions/<uuid:uuid>/", views.SubmissionView.as_view(), name="submission"),
    path("get", views.WholeListView.as_view(), name="get"),
    path("create", views.CreateView.as_view(), name="create"),
]

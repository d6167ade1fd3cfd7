"""The page's addresses."""

from django.urls import path

from frontend import views

app_name = "frontend"

urlpatterns = [
    path("", views.list_techs, name="list"),
    path("add/", views.add, name="add"),
    path("submissions/<uuid:uuid>/", views.submission_state, name="submission"),
    path("favicon.ico", views.favicon, name="favicon"),
]

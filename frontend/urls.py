"""The page's addresses."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontend import import_views, subscription_views, tech_views, undo, views
from frontend.forms import LoginForm
from frontend.password_views import PasswordView
from techs.logins import limit_logins, limit_password_changes

app_name = "frontend"

urlpatterns = [
    path("", views.list_techs, name="list"),
    path("overview/", views.show_overview, name="overview"),
    path("facts-age/", views.show_facts_age, name="facts-age"),
    path("delay/", views.show_delay, name="delay"),
    path("preview/", views.preview, name="preview"),
    path("add/", views.add, name="add"),
    path("import/", import_views.give, name="import"),
    path("import/start/", import_views.start, name="import-start"),
    path("import/<uuid:uuid>/", import_views.progress, name="import-progress"),
    path("submissions/<uuid:uuid>/", views.submission_state, name="submission"),
    path("techs/<int:pk>/", tech_views.detail, name="detail"),
    path("techs/<int:pk>/rename/", tech_views.rename, name="rename"),
    path("techs/<int:pk>/split/", tech_views.split, name="split"),
    path("techs/<int:pk>/remove/", tech_views.remove, name="remove"),
    path("subscriptions/", subscription_views.show, name="subscriptions"),
    path("subscriptions/<int:pk>/revoke/", subscription_views.revoke, name="revoke"),
    path("removals/<uuid:uuid>/restore/", undo.restore, name="restore"),
    path("edits/<uuid:uuid>/undo/", undo.take_back, name="undo-edit"),
    path(
        "login/",
        limit_logins(LoginView.as_view(template_name="frontend/login.html", authentication_form=LoginForm)),
        name="login",
    ),
    # Open, so that who clicks it after the session's end is not asked for a login first.
    path("logout/", login_not_required(LogoutView.as_view()), name="logout"),
    path("password/", limit_password_changes(PasswordView.as_view()), name="password"),
    path("favicon.ico", views.favicon, name="favicon"),
]

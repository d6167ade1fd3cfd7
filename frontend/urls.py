"""URLs of the pages."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontend.forms.password import LoginForm
from frontend.views import (
    activity,
    appearance,
    imports,
    saved_views,
    selection,
    services,
    subscriptions,
    tech_detail,
    tech_list,
    tokens,
    undo,
)
from frontend.views.password import PasswordView
from techs.api.login_throttling import limit_logins, limit_password_changes

app_name = "frontend"

urlpatterns = [
    path("", tech_list.list_techs, name="list"),
    path("data-age/", tech_list.show_data_age, name="data-age"),
    path("delay/", tech_list.show_delay, name="delay"),
    path("preview/", tech_list.preview, name="preview"),
    path("add/", tech_list.add, name="add"),
    path("select/", selection.change, name="select"),
    path("import/", imports.new, name="import"),
    path("import/start/", imports.start, name="import-start"),
    path("import/<uuid:uuid>/", imports.progress, name="import-progress"),
    path("submissions/<uuid:uuid>/", tech_list.submission_state, name="submission"),
    path("techs/<int:pk>/", tech_detail.detail, name="detail"),
    path("techs/<int:pk>/rename/", tech_detail.rename, name="rename"),
    path("techs/<int:pk>/split/", tech_detail.split, name="split"),
    path("techs/<int:pk>/keep/", tech_detail.keep, name="keep"),
    path("techs/<int:pk>/remove/", tech_detail.remove, name="remove"),
    path("services/", services.show_all, name="services"),
    path("services/<slug:slug>/", services.show, name="service"),
    path("services/<slug:slug>/archive/", services.archive, name="archive"),
    path("services/<slug:slug>/restore/", services.restore, name="restore-service"),
    path("services/<slug:slug>/upload/", services.preview, name="upload-preview"),
    path("services/<slug:slug>/apply/", services.apply, name="upload-apply"),
    path("services/<slug:slug>/remove-source/", services.remove_source, name="remove-source"),
    path("services/<slug:slug>/uploads/<int:pk>/", services.progress, name="upload"),
    path("activity/", activity.show, name="activity"),
    path("activity/<int:pk>/", activity.show_action, name="action"),
    path("resolved/", services.show_resolved, name="resolved"),
    path("views/", saved_views.show, name="views"),
    path("views/save/", saved_views.save, name="view-save"),
    path("views/start/", saved_views.start_with_all, name="view-start-none"),
    path("views/<int:pk>/start/", saved_views.start, name="view-start"),
    path("views/<int:pk>/change/", saved_views.change, name="view-change"),
    path("views/<int:pk>/remove/", saved_views.remove, name="view-remove"),
    path("subscriptions/", subscriptions.show, name="subscriptions"),
    path("subscriptions/<int:pk>/revoke/", subscriptions.revoke, name="revoke"),
    path("tokens/", tokens.show, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke-token"),
    path("actions/<int:pk>/undo/", undo.undo_action, name="undo"),
    path(
        "login/",
        limit_logins(LoginView.as_view(template_name="frontend/login.html", authentication_form=LoginForm)),
        name="login",
    ),
    # Open to anonymous users, since logging out must not ask for a login after the session has expired.
    path("logout/", login_not_required(LogoutView.as_view()), name="logout"),
    path("password/", limit_password_changes(PasswordView.as_view()), name="password"),
    # Open to anonymous users, because the login page has the same menu.
    path("appearance/", login_not_required(appearance.choose), name="appearance"),
    path("favicon.ico", tech_list.favicon, name="favicon"),
]

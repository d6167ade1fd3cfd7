"""All URLs: pages, the API with its description, the admin and health checks."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, reverse_lazy
from django.utils.text import format_lazy
from django.views.generic import RedirectView
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from techlist import health
from techlist.metrics import views as metrics

admin.autodiscover()

SCHEMA_FORMS = [OpenApiJsonRenderer2, OpenApiYamlRenderer]

urlpatterns = [
    path("", include("techs.api.urls")),
    path("", include("frontend.urls")),
    # The admin and the list share one login page.
    path(
        "admin/login/",
        login_not_required(RedirectView.as_view(pattern_name="frontend:login", query_string=True)),
    ),
    # They also share one page for changing the password.
    path(
        "admin/password_change/",
        RedirectView.as_view(
            url=format_lazy("{}?next={}", reverse_lazy("frontend:password"), reverse_lazy("admin:index"))
        ),
    ),
    path("admin/", admin.site.urls),
    # JSON comes first, so that without an Accept header, errors have the same form as everywhere else.
    path("api/schema/", SpectacularAPIView.as_view(renderer_classes=SCHEMA_FORMS), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="schema",
            template_name="frontend/docs.html",
            # The template cannot render the response to OPTIONS.
            http_method_names=["get", "head"],
        ),
        name="docs",
    ),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.show, name="metrics"),
]

handler400 = "techs.api.errors.bad_request"
handler403 = "techs.api.errors.forbidden"
handler404 = "techs.api.errors.not_found"
handler500 = "techs.api.errors.server_error"

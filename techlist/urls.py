"""All addresses: the page, the API with its description, the admin, and the health checks."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from techlist import health
from techs.logins import limit_logins

admin.site.login = limit_logins(admin.site.login)  # type: ignore[assignment, method-assign]
admin.site.site_header = "Techlist"
admin.site.site_title = "Techlist"
admin.site.index_title = "What is stored"

urlpatterns = [
    path("", include("techs.urls")),
    path("", include("frontend.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "techs.errors.bad_request"
handler403 = "techs.errors.forbidden"
handler404 = "techs.errors.not_found"
handler500 = "techs.errors.server_error"

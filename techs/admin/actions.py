"""Bulk actions of the admin."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

# The most rows that one request processes. All lock, and some have a transaction each, so more would take minutes.
MOST_AT_ONCE = 500


class BulkLimitMixin(admin.ModelAdmin):
    """Limits the rows of one action, since "select all" may mean more than a request can process."""

    def response_action(  # type: ignore[override]  # the stubs are for a later Django
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse | None:
        is_all = request.POST.get("select_across", "0") != "0"
        if is_all and (number := queryset.count()) > MOST_AT_ONCE:
            text = f"{number} rows are selected, but only {MOST_AT_ONCE} can be changed at once. Filter the list."
            self.message_user(request, text, messages.ERROR)
            return None
        return super().response_action(request, queryset)

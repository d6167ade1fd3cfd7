"""Actions on several rows at once."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

# Rows that one request works through, each in a transaction of its own; more would keep it busy for minutes.
MOST_AT_ONCE = 500


class BulkLimitMixin(admin.ModelAdmin):
    """For lists so long that "select all" may mean more rows than one request can work through."""

    def response_action(  # type: ignore[override]  # the types are those of a later Django
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse | None:
        """Do what was chosen; or say that it is too much, and do nothing."""
        is_all = request.POST.get("select_across", "0") != "0"
        if is_all and (number := queryset.count()) > MOST_AT_ONCE:
            text = f"These are {number}, and at most {MOST_AT_ONCE} can be changed at once. Filter the list, and go on."
            self.message_user(request, text, messages.ERROR)
            return None
        return super().response_action(request, queryset)

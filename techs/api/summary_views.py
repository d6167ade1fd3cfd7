"""API views that sum up the list, or any filter of it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from techs.api.schema import READ_PROBLEMS, problems
from techs.api.summary_schema import GROUP_PARAMETERS, GROUPS_OUTPUT, SUMMARY_OUTPUT, SUMMARY_PARAMETERS
from techs.api.views import respond
from techs.inventory import reads
from techs.inventory.groups import GroupPage
from techs.inventory.queries import ListQuery
from techs.models import Tech


class SummaryView(GenericAPIView[Tech]):
    """The list in numbers."""

    name = "Summary"
    queryset = Tech.objects.all()
    pagination_class = None

    @extend_schema(
        operation_id="techs_summary",
        parameters=SUMMARY_PARAMETERS,
        responses={200: SUMMARY_OUTPUT, 304: None} | problems(400, *READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return the technologies by level, and by the quarter in which their support ends."""
        query = ListQuery.from_params(request.query_params)
        page, is_cached = reads.read_summary(query, datetime.now(UTC).date())
        head = {"isCached": is_cached, "count": page.count, "countIsLowerBound": page.is_count_lower_bound}
        return respond(request, page, head)


class GroupsView(GenericAPIView[Tech]):
    """The list in groups."""

    name = "Groups"
    queryset = Tech.objects.all()
    pagination_class = None

    @extend_schema(
        operation_id="techs_groups",
        parameters=GROUP_PARAMETERS,
        responses={200: GROUPS_OUTPUT, 304: None} | problems(400, *READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return one page of the groups, those with the most critical technologies first."""
        query, groups = ListQuery.from_params(request.query_params), GroupPage.from_params(request.query_params)
        page, is_cached = reads.read_groups(query, groups, datetime.now(UTC).date())
        params = {**query.params(), **groups.params("")}
        head: dict[str, Any] = {
            "isCached": is_cached,
            "count": page.count,
            "countIsLowerBound": page.is_count_lower_bound,
            "next": self._link(params, page.next),
            "previous": self._link(params, page.previous),
        }
        return respond(request, page, head)

    def _link(self, params: dict[str, Any], page: str | None) -> str | None:
        if page is None:
            return None
        path = f"{self.request.path}?{urlencode(params | {'page': page}, doseq=True)}"
        return self.request.build_absolute_uri(path)

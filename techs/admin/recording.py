"""Record the activity of pages that save rows themselves."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from techs.activity import objects, recording
from techs.models import ActionKind


class RecordedMixin(admin.ModelAdmin):
    """Records which values a form changed, with its inlines, and which rows were deleted."""

    removal = ActionKind.REMOVED

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        # The form has changed obj already, so read the row again.
        form.values_before = objects.values(self.model.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        made = objects.changed(form.instance, before=form.values_before)  # type: ignore[attr-defined]
        recording.record(ActionKind.CHANGED if change else ActionKind.ADDED, [made])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record_removal([obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            self._record_removal(queryset)
            super().delete_queryset(request, queryset)

    def deleted_with(self, obj: Any) -> Iterable[Model]:
        """Return rows that the database deletes along with this one, and whose removal is recorded too."""
        return ()

    def _record_removal(self, rows: Iterable[Model]) -> None:
        gone = [each for row in rows for each in (row, *self.deleted_with(row))]
        recording.record(self.removal, map(objects.removed, gone))

"""Saved views. Writes use the same functions as the API."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from techs.activity import recording
from techs.inventory import saved_views
from techs.models import SavedView
from techs.rules.text import name_key
from techs.rules.views import clean_view_name
from techs.validation import validation_errors


class SavedViewForm(forms.ModelForm):
    """A name that no other view has, and a query of the list."""

    def clean_name(self) -> str:
        with validation_errors():
            name = clean_view_name(self.cleaned_data["name"])
        if SavedView.objects.filter(name_key=name_key(name)).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is another view with this name.")
        return name

    def clean_query(self) -> str:
        try:
            return saved_views.normalise(self.cleaned_data["query"])
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error

    def clean(self) -> None:
        super().clean()
        if not self.instance.pk:
            saved_views.check_number()

    class Meta:
        model = SavedView
        fields = ["name", "query"]


@admin.register(SavedView)
class SavedViewAdmin(admin.ModelAdmin):
    """Views of the list, which everybody shares."""

    form = SavedViewForm
    list_display = ["name", "query", "created_by", "created_at"]
    search_fields = ["name", "query", "created_by"]
    fields = ["name", "query", "created_by", "created_at"]
    readonly_fields = ["created_by", "created_at"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001  Django's own
        values = {"name": obj.name, "query": obj.query}
        view = saved_views.change(obj.pk, **values) if change else saved_views.create(**values)[0]
        obj.pk = view.pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        saved_views.remove(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with recording.as_one():
            for view in queryset:
                saved_views.remove(view.pk)

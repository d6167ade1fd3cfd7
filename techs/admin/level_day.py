"""The numbers of technologies by level on each day."""

from django.contrib import admin

from techs.admin.permissions import ReadOnly
from techs.models import LevelDay
from techs.rules.levels import Level


@admin.register(LevelDay)
class LevelDayAdmin(ReadOnly, admin.ModelAdmin):
    """Technologies by level, of the whole list and of each owner."""

    list_display = ["day", "owner", "numbers"]
    date_hierarchy = "day"
    search_fields = ["owner_key"]
    search_help_text = "Search by owner."
    show_full_result_count = False

    @admin.display(ordering="owner_key")
    def owner(self, day: LevelDay) -> str:
        return day.owner_key or "whole list"

    @admin.display(description="technologies")
    def numbers(self, day: LevelDay) -> str:
        levels = ", ".join(f"{day.levels.get(level, 0):,} {level}" for level in Level)
        return f"{levels} ({day.accepted:,} accepted)" if day.accepted else levels

"""Date formats: 24-hour times in UTC, as everywhere in Techlist."""

DATETIME_FORMAT = "j M Y H:i e"

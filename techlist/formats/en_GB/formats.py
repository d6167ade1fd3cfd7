"""Times as everywhere in Techlist: of 24 hours, and UTC."""

DATETIME_FORMAT = "j M Y H:i e"

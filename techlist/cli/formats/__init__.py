"""Formats of reports. Each module has render(), which yields the lines of a report."""

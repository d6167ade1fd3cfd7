"""Checks that in a running installation no read that starts after a write is done misses it.

history.py holds what a read may see, client.py talks to the installation, views.py has the ways to read the list,
writing.py the writers, and checker.py runs readers and writers and reports.
"""

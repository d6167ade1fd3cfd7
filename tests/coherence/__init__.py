"""Checks a running installation's promise: no read that begins after a write is done misses it.

history.py knows what a read may see, client.py talks to the installation, views.py are the ways to read the list,
writing.py and reading.py what the threads do, checker.py runs them and reports.
"""

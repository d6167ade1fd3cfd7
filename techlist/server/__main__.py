"""`python -m techlist.server`."""

from techlist.server.command import main

main()

"""Other ways to serve the same list, which `make bench` measures in the same run."""

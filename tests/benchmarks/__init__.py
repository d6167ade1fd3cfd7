"""The measurements behind the figures of the documentation: `make bench`."""

"""Measures of the editor in a real browser and real hosts; `make bench-...` runs them."""

"""How fast and how large the server is: `python -m tests.benchmarks`, or `make bench`.

Absolute figures hold for one machine and one time; ratios of interleaved turns travel better.
"""

"""What this costs, measured: `python -m tests.benchmarks`, explained in docs/BENCHMARKS.md."""

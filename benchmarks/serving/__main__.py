"""``python -m benchmarks.serving``: see `benchmarks.serving.bars`."""

from benchmarks.serving.bars import main

main()

"""How fast taskguard is beside its neighbours: `python -m benchmarks`."""

"""Measurements that anyone can repeat; results with machine and method in `results/`."""

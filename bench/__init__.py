"""Benchmarks: what a frame costs, which session options are right, and how peers do on the same stream."""

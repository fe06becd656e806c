"""Figures of a model against known truth: pure functions on arrays, one file for each kind of figure."""

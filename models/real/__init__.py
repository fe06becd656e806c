"""Real, labelled pictures that the user has obtained: read where they lie, cropped as in a run, kept as shards.

Every set says something else of a picture, and none says everything: what is not said stays unknown, and neither
training nor evaluation counts it.
"""

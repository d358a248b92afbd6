"""Answers in the shape of the published sample, as a format of their own to write. Knows its class only."""

from .ground_truth import GroundTruthSample

FORMAT = GroundTruthSample()

"""Tools that measure a device or a model and write down what makes its numbers honest."""

from calibration.confidence import fit_calibration

__all__ = ["fit_calibration"]

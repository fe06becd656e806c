"""Tools that measure a device or a model and write down what makes its numbers honest."""

from calibration.confidence import fit_calibration
from calibration.profile_toml import write_profile
from calibration.screen_figure import draw_reading
from calibration.screen_reading import profile_file, read_screen

__all__ = ["draw_reading", "fit_calibration", "profile_file", "read_screen", "write_profile"]

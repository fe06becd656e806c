"""Supervision's frame generator and drawing."""

import supervision as sv
from work import Work, arguments, loop

given = arguments()
loop(sv.get_video_frames_generator(given.source), given, Work(given), "supervision")

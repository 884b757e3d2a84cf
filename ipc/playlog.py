"""What the null device writes down (``device = "null:FILE"``): one record for each block that it was given.

Frame p of a device that was opened at ``opened`` is heard at ``opened`` + p / 48000 s. All words unsigned, 8 bytes.
"""

from typing import Final

FIELDS: Final = (
    "opened",  # when its clock began, monotonic nanoseconds
    "written",  # when the block was given to it, likewise
    "position",  # the frame at which the block begins
    "rows",  # frames in the block
    "dry",  # frames of silence before it, because nothing was there in time
    "queued",  # frames that were still to be heard when the block came
    "sounding",  # frames up to the last one in the block that is not 0; 0: all are
)
RECORD: Final = f"={len(FIELDS)}Q"

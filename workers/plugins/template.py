"""``svctl plugins new``: a plugin that works, to be changed."""

from typing import Final

TEMPLATE: Final = '''"""A plugin for live sound of Steadyvoice.

Check it:   svctl plugins check {path}
Permit it:  add "{path}" to the list plugins of [live] in the configuration
"""

import numpy as np

from steadyvoice.workers.plugins.plugin import Parameter


class {name}:
    """Makes the sound louder or softer."""  # the first line is shown by svctl plugins

    # Default, lowest, highest, unit, description. It is set with {path}:db=-12, and read as self.db.
    db = Parameter(-6.0, -60, 24, "dB", "gain")

    # Samples by which the output is later than the input. It may also be set in open.
    latency = 0

    def open(self, rate, block):
        """Once, before the first block: load models, make arrays. rate: 48000 hertz; block: 512 samples."""

    def process(self, block):
        """Every 10.67 ms: [512] float32 in, from -1 to 1; as much out. ``block`` may be changed, but not kept."""
        block *= np.float32(10 ** (self.db / 20))
        return block

    def close(self):
        """Once, after the last block."""
'''


def named(stem: str) -> str:
    """The class for a file of this name: my-robot becomes MyRobot."""
    words = "".join(each if each.isalnum() else " " for each in stem).split()
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name.isidentifier() else f"Plugin{name}"


def text(path: str, stem: str) -> str:
    """The file's content. path: as it is written in the configuration."""
    return TEMPLATE.replace("{path}", path).replace("{name}", named(stem))

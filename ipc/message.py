"""The base of all messages of the control socket."""

import msgspec


class Message(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True):
    """Its ``type`` is the name of its class, in lower case."""

"""Check of ``svctl doctor``: whether the lexicon files can be used."""

from typing import Final

from steadyvoice.client.svctl import store
from steadyvoice.client.svctl.doctor.check import Check

_FIX: Final = "correct the file, which is then read at once; until then its last good content is in use"


def examine() -> Check:
    """Does not use the daemon."""
    try:
        answer, status = store.perform(kind="lexicon", do="check")
    except store.StoreFailed as error:
        return Check("lexicon", True, str(error))
    problem = answer["problem"]
    if problem or status:
        return Check("lexicon", True, problem, _FIX)
    return Check("lexicon", True, answer["what"])

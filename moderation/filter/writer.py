"""What is known of whoever wrote a text, that the text does not say: the filter is told, and looks nothing up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Writer:
    """`is_new`: nothing was received from them before. `recent`: the texts just received from them. `alike`:
    the other accounts that lately wrote nearly the same."""

    is_new: bool = False
    recent: int = 0
    alike: int = 0


UNKNOWN = Writer()

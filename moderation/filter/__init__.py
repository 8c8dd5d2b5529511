"""The filter: reads a text before it is published and says publish, queue or refuse, on which ground, and where.

Pure: it knows neither Django nor the database. Criticism of those who govern, of the party that runs the site,
satire and anger pass; the rules, in `rules/`, are what the law forbids. `docs/filter.md` tells how to add one.
"""

from .grounds import Ground
from .rules import all_rules, load_rules
from .screening import examine, screen
from .verdict import Outcome, Verdict, worst

__all__ = ["Ground", "Outcome", "Verdict", "all_rules", "examine", "load_rules", "screen", "worst"]

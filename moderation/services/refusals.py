"""Why something cannot be decided; their text is shown."""


class DecisionRefused(Exception):
    """A decision cannot be taken; the text says why to the moderator."""


class AlreadyDecided(DecisionRefused):
    """Somebody else was quicker, or it was done before."""


class OwnContent(DecisionRefused):
    """Nobody decides on what they have a part in."""


class ContentChanged(DecisionRefused):
    """The author wrote something else since the moderator read it."""


class ContentGone(DecisionRefused):
    """Nothing is left to decide upon."""


class ReasonMissing(DecisionRefused):
    """Each decision says why."""


class HeldByAnother(DecisionRefused):
    """Another moderator is reading the case."""


class Contested(DecisionRefused):
    """An appeal waits on it: somebody judges that first."""


class NoLabel(DecisionRefused):
    """No words of ours stand above what two people write to each other."""


class SeniorNeeded(DecisionRefused):
    """Not every moderator goes back on it."""

from django.db.models import Choices
from django.utils.text import capfirst


def options(choices: type[Choices], *, empty: str = "") -> list[tuple[str, str]]:
    """Choices as a form offers them: with a capital, after the one that chooses none when it is named."""
    named = [("", empty)] if empty else []
    return named + [(value, capfirst(label)) for value, label in choices.choices]

from typing import TypeVar

from django.db.models import Choices
from django.forms import Form
from django.utils.text import capfirst

F = TypeVar("F", bound=type[Form])


class SharedFields(dict[str, object]):
    """The fields of a form that changes none of them, once declared: all forms of its class have the same.

    Django gives each form a copy of its own, which takes as long as reading what somebody typed. A form that must
    change one all the same puts a copy in its place.
    """

    def __deepcopy__(self, _memo: dict) -> dict:
        return dict(self)


def share_fields(form: F) -> F:
    """Decorates a form that thousands fill at once."""
    form.base_fields = SharedFields(form.base_fields)
    return form


def options(choices: type[Choices], *, empty: str = "") -> list[tuple[str, str]]:
    """Choices as a form offers them: with a capital, after the one that chooses none when it is named."""
    named = [("", empty)] if empty else []
    return named + [(value, capfirst(label)) for value, label in choices.choices]

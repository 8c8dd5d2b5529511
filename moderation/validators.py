from django.core.exceptions import ValidationError

from moderation.filter import screen


def screened_name(value: str) -> None:
    """A display name that the filter would queue or refuse is not accepted: nobody reads names before they are shown.

    Raises ValidationError with the filter's own sentence.
    """
    verdict = screen(value, field="display_name")
    if not verdict.passes:
        raise ValidationError(verdict.reason, code="screened")

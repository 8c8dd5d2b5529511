"""Where staff read initiatives, put themes in order, examine supports and set their limits."""

from initiatives.admin import initiative, limits, reviews

__all__ = ["initiative", "limits", "reviews"]

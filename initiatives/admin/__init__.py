"""Where staff read initiatives, put themes in order, examine supports and set their limits."""

from initiatives.admin import discussion, initiative, limits, photos, reviews

__all__ = ["discussion", "initiative", "limits", "photos", "reviews"]

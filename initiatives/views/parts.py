"""What the page of an initiative shows of its life: each part costs one query at most, whatever the number of rows.

The page itself has twelve. Each function gives the template the names its fragment says at its top.
"""

from typing import Any

from django.http import HttpRequest

from initiatives.models import Initiative


def of(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """All parts of the page, for this person."""
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= part(request, initiative)
    return found


#: In the order of the page.
PARTS = ()

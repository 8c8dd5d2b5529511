"""Cells of files that a spreadsheet may open."""

#: What begins a formula, as programs and their Japanese editions read it; the last three are left out before they look.
_COMPUTED = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


def plain_cell(text: str) -> str:
    """Opened by a spreadsheet, what begins so would be computed."""
    return f"'{text}" if text.startswith(_COMPUTED) else text

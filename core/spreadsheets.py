"""Cells of files that a spreadsheet may open."""


def plain_cell(text: str) -> str:
    """Opened by a spreadsheet, what begins so would be computed."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

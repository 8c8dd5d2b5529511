"""A code to scan, drawn here: no other site is asked."""

from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathFillImage


def svg(text: str) -> bytes:
    """An SVG, dark on white whatever the page, with a quiet zone."""
    drawing = BytesIO()
    qrcode.make(text, image_factory=SvgPathFillImage, error_correction=qrcode.ERROR_CORRECT_M).save(drawing)
    return drawing.getvalue()


def squares(text: str) -> list[list[bool]]:
    """The same code, row by row: True where it is dark. Whoever draws it leaves four squares of white around."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make()
    return [list(row) for row in code.modules]

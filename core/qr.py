"""A code to scan, drawn here: no other site is asked."""

from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathFillImage


def svg(text: str) -> bytes:
    """An SVG, dark on white whatever the page, with a quiet zone."""
    drawing = BytesIO()
    qrcode.make(text, image_factory=SvgPathFillImage, error_correction=qrcode.ERROR_CORRECT_M).save(drawing)
    return drawing.getvalue()

"""The files that ``manage.py build_territories`` writes and ``manage.py load_territories`` reads."""

from pathlib import Path

DATA_DIR = Path(__file__).resolve().parent

#: In the order in which they are loaded, each pointing only at those before it.
FILES = ("regions", "departments", "communes", "postcodes", "successors")

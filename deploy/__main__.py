"""`python3 -m deploy run` and `python3 -m deploy check`, from any python3: finds one that is recent enough.

Understood by every Python 3, so that an old one gets a sentence and not a syntax error.
"""

import os
import shutil
import sys


def recent_enough():
    """The path of a Python 3.11 or later, or None."""
    if sys.version_info >= (3, 11):  # noqa: UP036
        return sys.executable
    for minor in range(19, 10, -1):
        found = shutil.which("python3.{}".format(minor))  # noqa: UP032
        if found:
            return found
    return None


python = recent_enough()
if python is None:
    sys.exit("Python 3.11 or later is needed. On a recent Debian or Ubuntu, type: sudo apt install python3-venv")
os.execv(python, [python, "-m", "deploy." + sys.argv[1]])  # noqa: S606

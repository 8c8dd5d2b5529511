"""Four ways of reading the environment. Safe is the default; development asks to be lenient."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

#: A developer's machine: messages kept in files, http allowed, a secret key made by itself. Never on a server.
DEVELOPMENT = env.bool("DEVELOPMENT", default=False)


def optional(name: str, default: str = "") -> str:
    """The variable, or its default when it is absent or empty."""
    return env.str(name, default="") or default


def required(name: str, *, in_development: str) -> str:
    """The variable. Absent, it takes `in_development` on a developer's machine and stops any other.

    Raises ImproperlyConfigured, naming the variable.
    """
    value = env.str(name, default="")
    if value:
        return value
    if DEVELOPMENT:
        return in_development
    raise ImproperlyConfigured(f"The environment variable {name} is missing: docs/production.md says what it holds.")


def one_of(name: str, choices: list[str]) -> str:
    """The variable, or the first of `choices` when it is absent or empty.

    Raises ImproperlyConfigured, naming the variable, when it holds anything else.
    """
    value = optional(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(
            f"The environment variable {name} is {value!r}: it holds one of {', '.join(choices)}."
        )
    return value


def kept_secret(path: Path, *, size: int = 50) -> str:
    """A secret of so many bytes that development makes once and keeps in a file, so that sessions survive a restart.

    Processes that start together keep the same one, and never read half of it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(size))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()

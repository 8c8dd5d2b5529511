"""What the log does not say: the part of an address that opens something to whoever reads it."""

import logging
import re

#: Links of messages and calendars are signed: long, with capitals, which no other part of an address of ours has.
_SECRET = re.compile(r"(?<=/)(?=[^/]*[A-Z])[^/\s]{24,}")


class WithoutSecrets(logging.Filter):
    """A request that fails is named by its address, without the secret that it may hold."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_SECRET.sub("…", said) if isinstance(said, str) else said for said in record.args)
        return True

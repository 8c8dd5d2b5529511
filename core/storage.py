from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Static files under names that hold their hash, compressed once: browsers keep them for ever."""

    # A library's style sheet may name a file it does not ship: that is no reason not to open.
    manifest_strict = False

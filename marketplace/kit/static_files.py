"""How collected files are named: by what is in them, so that each may be kept for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django can do this for every script, but takes an `import` in a library's comment for
# one of its own and then misses its file. These are ours.
OUR_IMPORTS = (
    "js/*.js",
    ((r"""(?P<matched>from "(?P<url>\./[\w-]+\.js)")""", 'from "%(url)s"'),),
)


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Name each file by its content, the modules that our scripts import among them.

    A module that keeps its plain name inside an `import` is asked for again a minute
    later, and a browser may run last week's beside today's `app.js`.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, OUR_IMPORTS)

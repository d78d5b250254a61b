"""The platform's words in its languages: found, merged, compiled and checked.

The source is English, in the code and the templates. `docs/translations.md` says how to
translate, and holds the glossary.
"""

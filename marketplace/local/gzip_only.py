"""Runs `manage.py` as if brotli were not there, for collecting the static files.

Brotli is installed for the typeface. WhiteNoise would compress every file with it
too, which takes four times as long as all the rest and helps nobody on this machine.
"""

import runpy
import sys

sys.modules["brotli"] = None  # type: ignore[assignment]
sys.argv[0] = "manage.py"
runpy.run_path("manage.py", run_name="__main__")

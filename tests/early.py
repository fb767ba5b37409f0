"""What pytest loads before all other plugins, as `python -m pytest -p tests.early`: their imports become cheaper."""

import gc
import sys

# What is imported and collected stays to the end, and looking through it again and again took a quarter of the time
# of starting. The file conftest.py switches the garbage collector on again, before the first test.
gc.disable()
# nbval reads notebooks with jsonschema, which builds 38 parsers from this package's grammar, in more than a second, to
# check a format ("iri") that no notebook names. Where the package is missing, jsonschema does without.
sys.modules["rfc3987_syntax"] = None

"""What `process` has imported before it forks: everything that the command imports."""

import runpy
import sys

from tests.integration.downloads.process import SCRIPT

sys.path.insert(0, str(SCRIPT.parent))
runpy.run_path(str(SCRIPT), run_name="imported")

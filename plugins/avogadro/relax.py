"""The relax command for Avogadro 1.95 to 1.102, which starts scripts."""

import sys

from avogadro_gpff import script

sys.exit(script("relax"))

"""`python -m gpff_desktop.cli` is `gpff`."""

import sys

from gpff_desktop.cli import main

sys.exit(main())

"""``python -m koridor``: the same as the command `koridor`."""

import sys

from koridor.cli.main import main

sys.exit(main())

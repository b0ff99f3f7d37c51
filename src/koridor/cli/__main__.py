"""``python -m koridor.cli``."""

import sys

from koridor.cli.main import main

sys.exit(main())

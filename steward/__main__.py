"""`python -m steward`: run, migrate, tenant, trace, doctor."""

import sys

from steward.cli.main import main

sys.exit(main())

"""`python -m benchmarks` measures; `python -m benchmarks.crash` kills."""

import sys

from benchmarks.run import main

sys.exit(main())

"""`python -m gaplab`, the same as the command `gaplab`."""

import sys
from pathlib import Path

from gaplab.places import PROJECT

if __name__ == "__main__":
    # A file of the current folder that is called like a library is not that library.
    if not sys.flags.safe_path and Path(sys.path[0]) != PROJECT:
        del sys.path[0]

    from gaplab.cli.root import main

    main(prog_name="gaplab")

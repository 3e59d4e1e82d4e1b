"""`python -m gaplab`, the same as the command `gaplab`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # A file of the current folder that is called like a library is not that library.
    if not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).resolve().parent.parent:
        del sys.path[0]

    from gaplab.cli.root import main

    main(prog_name="gaplab")

"""`python -m gaplab`, the same as the command `gaplab`."""

import os
import sys

if __name__ == "__main__":
    # A file of the current folder that is called like a library is not that library; `os` is loaded before it is seen.
    if not (sys.flags.safe_path or os.path.exists(os.path.join(sys.path[0], "gaplab", "__main__.py"))):
        del sys.path[0]

    from gaplab.cli.root import main

    main(prog_name="gaplab")

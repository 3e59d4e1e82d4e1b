"""`python -m gaplab`, the same as the command `gaplab`."""

from gaplab.cli import main

main(prog_name="gaplab")

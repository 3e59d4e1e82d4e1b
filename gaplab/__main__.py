"""`python -m gaplab`, the same as the command `gaplab`."""

from gaplab.cli.root import main

if __name__ == "__main__":
    main(prog_name="gaplab")

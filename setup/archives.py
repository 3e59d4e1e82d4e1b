"""Wheel and source archive in dist/, with the posterior of a run with default parameters inside."""

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # this very package, whichever is installed


def store_posterior(**settings: int) -> None:
    """The posterior of the default run under its name in posterior/, in place of any other."""
    from gaplab.fit import files, fit, shipped
    from gaplab.fit.runs import tables_of
    from gaplab.params.spec import Params

    params = Params(**settings)
    tables = tables_of(params)
    draws = fit.stage_two(tables, params, progress=sys.stderr.isatty())
    shutil.rmtree(ROOT / "posterior", ignore_errors=True)
    shipped.write(ROOT / "posterior" / files.shipped_name(tables, params), draws, tables, files.versions())


def main() -> None:
    """Build both archives with the setuptools of this environment: nothing is fetched."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--without-posterior", action="store_true", help="the first run samples, as in a checkout")
    for name in ("chains", "draws"):
        read.add_argument(f"--{name}", type=int, help="of the stored posterior, when not the default")
    given = vars(read.parse_args())
    if not given.pop("without_posterior"):
        store_posterior(**{name: value for name, value in given.items() if value})
    from setuptools import build_meta

    shutil.rmtree(ROOT / "build", ignore_errors=True)
    (ROOT / "dist").mkdir(exist_ok=True)
    for build in (build_meta.build_sdist, build_meta.build_wheel):
        print(ROOT / "dist" / build("dist"))


if __name__ == "__main__":
    main()

"""What a wheel carries beside code: tables, notebooks, record and a stored posterior, inside the package."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("data/*.csv", "data/*.md", "data/build/*.csv", "notebooks/*.ipynb", "notebooks/params/*.yaml",
           "docs/record/*.csv", "docs/record/*.json", "posterior/*.nc", "CITATION.cff")  # fmt: skip


class WithTables(build_py):
    def _shipped(self):
        home = Path(self.build_lib, "gaplab", "shipped")
        return {path: home / path for pattern in SHIPPED for path in sorted(Path().glob(pattern))}

    def run(self):
        super().run()
        if not self.editable_mode:  # an editable installation reads the folders of the checkout
            for source, target in self._shipped().items():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)

    def get_outputs(self, include_bytecode=True):
        return [*super().get_outputs(include_bytecode), *map(str, self._shipped().values())]

    def get_source_files(self):
        return [*super().get_source_files(), *map(str, self._shipped())]


setup(cmdclass={"build_py": WithTables})

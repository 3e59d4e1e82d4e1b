"""Libraries that are imported later: what uses them meanwhile gets them all the same."""

from __future__ import annotations

import subprocess
import sys


def in_a_fresh_process(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_arviz_waits_until_something_of_it_is_used():
    in_a_fresh_process(
        "import sys\n"
        "from gaplab.light_imports import arviz_imported_when_used\n"
        "with arviz_imported_when_used():\n"
        "    import arviz as early\n"
        "assert 'arviz' not in sys.modules\n"
        "assert early.summary.__module__.startswith('arviz')\n"
        "assert sys.modules['arviz'].summary is early.summary\n"
    )


def test_arviz_that_is_used_at_once_comes_at_once():
    in_a_fresh_process(
        "import sys\n"
        "from gaplab.light_imports import arviz_imported_when_used\n"
        "with arviz_imported_when_used():\n"
        "    import arviz\n"
        "    arviz.summary\n"
        "assert sys.modules['arviz'].summary is arviz.summary\n"
    )

"""Every module imports where the standard library lacks what only Unix or Linux has."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import builtins, importlib, os, pkgutil, signal, sys
import gaplab

def every():
    names = [each.name for each in pkgutil.walk_packages(gaplab.__path__, "gaplab.")]
    for name in names:
        if name != "gaplab.__main__":
            importlib.import_module(name)
    return names

every()  # libraries are loaded now: what they import is theirs
for name in [name for name in sys.modules if name.split(".")[0] == "gaplab"]:
    del sys.modules[name]
for name in ("geteuid", "getuid", "getgid", "fork", "getpgid", "killpg", "setsid", "sched_getaffinity", "O_NONBLOCK",
             "uname", "getloadavg", "sysconf", "statvfs", "fchmod", "fchown", "mkfifo", "WNOHANG"):
    delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "alarm", "setitimer", "pthread_kill"):
    delattr(signal, name)
UNIX = {"fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "posix", "syslog", "readline", "crypt", "spwd"}
real = builtins.__import__

def guarded(name, globals=None, *rest, **more):
    if (globals or {}).get("__name__", "").split(".")[0] == "gaplab" and name.split(".")[0] in UNIX:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return real(name, globals, *rest, **more)

builtins.__import__ = guarded
import gaplab
print(len(every()))
"""


def test_every_module_imports_without_what_windows_and_macos_lack():
    made = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    assert int(made.stdout) > 150

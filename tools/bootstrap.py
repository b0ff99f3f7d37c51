"""Sets up `.venv` from the lock: `python3 tools/bootstrap.py`.

Needs Python 3.11 with venv and pip, nothing else. uv installs the locked set, pinned by hash as well; where uv cannot
be had, pip installs the same set. It can be read by any Python 3, so that an old one gets a sentence, not a traceback.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOT = ROOT / ".venv-boot"
VENV = ROOT / ".venv"
OLDEST = (3, 11)


def stop(sentence):
    """Ends the run with a sentence on standard error."""
    sys.exit("koridor set-up: " + sentence)


class SetupError(Exception):
    """A command failed; holds what it said."""


def run(*command):
    """Runs a command quietly. Raises SetupError with its output when it fails."""
    variables = dict(os.environ, UV_PYTHON_DOWNLOADS="never", PIP_DISABLE_PIP_VERSION_CHECK="1")
    variables.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        [str(part) for part in command],
        env=variables,
        cwd=str(ROOT),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise SetupError(done.stdout.decode("utf-8", "replace"))


def python_of(folder):
    """The interpreter inside a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def check_python():
    """Stops when this Python cannot do it."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        stop("needs Python 3.11 or newer, found {}. With a newer one: make PYTHON=python3.12 demo".format(found))  # noqa: UP032
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop("this Python has no venv module. On Debian or Ubuntu: apt-get install python3-venv")


def install_with_uv():
    """Installs the locked set with uv, itself pinned by hash."""
    run(sys.executable, "-m", "venv", "--clear", BOOT)
    run(python_of(BOOT), "-m", "pip", "install", "-qq", "--require-hashes", "-r", "tools/boot.lock")
    uv = [python_of(BOOT), "-m", "uv", "--quiet", "--no-config"]
    run(*uv, "venv", "--clear", "--python", sys.executable, VENV)
    into = ["--python", python_of(VENV)]
    run(*uv, "pip", "sync", *into, "--require-hashes", "--compile-bytecode", "requirements.lock")
    run(*uv, "pip", "install", *into, "--no-deps", "--no-build-isolation", "--editable", ".")


def install_with_pip():
    """Installs the locked set with pip."""
    run(sys.executable, "-m", "venv", "--clear", VENV)
    pip = [python_of(VENV), "-m", "pip", "install", "-qq"]
    run(*pip, "--require-hashes", "--compile", "-r", "requirements.lock")
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ".")


def main():
    """Sets up `.venv`, by uv or else by pip."""
    check_python()
    print("koridor set-up: installing the locked packages into .venv, once", flush=True)
    try:
        install_with_uv()
    except SetupError as by_uv:
        print(
            "koridor set-up: uv could not be used; pip installs the same packages, which takes some minutes", flush=True
        )
        try:
            install_with_pip()
        except SetupError as by_pip:
            sys.stderr.write("uv:\n{}\npip:\n{}\n".format(by_uv, by_pip))  # noqa: UP032
            stop("the locked packages could not be installed, see above. Is a package index or a mirror within reach?")
    (VENV / ".ready").write_text("", encoding="utf-8")


if __name__ == "__main__":
    main()

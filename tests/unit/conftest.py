"""What several unit tests start from."""

import shutil
import subprocess

import pytest

TOOLS = ("sh", "openssl", "basenc", "cat", "cut", "head", "sha256sum", "tail", "tr")


@pytest.fixture
def by_hand(tmp_path):
    """Runs the indented lines of LEIA-ME in an empty folder with nothing on PATH but the named tools.

    Gives the exit code, what was printed and the folder.
    """
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))

    def run(pack):
        folder = tmp_path / "pack"
        folder.mkdir(exist_ok=True)
        for name, body in pack.items():
            (folder / name).write_bytes(body)
        steps = [line[4:] for line in pack["LEIA-ME.txt"].decode().split("\n") if line.startswith("    ")]
        (folder / "conferir.sh").write_text("\n".join(steps))
        done = subprocess.run(
            ["sh", "conferir.sh"],
            cwd=folder,
            env={"PATH": str(tools), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, folder

    return run

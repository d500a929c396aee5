"""The Node.js that is on the PATH."""

import re
import shutil
import subprocess

from deploy.progress import SetupError


def node_version(oldest: tuple[int, int], wanted_for: str) -> str:
    """The version of Node, such as `20.20.2`. SetupError where there is none beside npm, or one older than `oldest`.

    `wanted_for` begins the sentence that says so: "The web page is built with".
    """
    least = str(oldest[0]) if oldest[1] == 0 else f"{oldest[0]}.{oldest[1]}"
    how = (
        f"{wanted_for} Node.js {least} or newer and npm. Install both (Debian 13 or Ubuntu 25.10: sudo apt-get install "
        "nodejs npm; elsewhere: the long-term release from the Node.js project), then start this again."
    )
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise SetupError(f"node or npm is not on the PATH. {how}")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = re.fullmatch(r"v(\d+)\.(\d+)\.\d+.*", said)
    if version is None or (int(version[1]), int(version[2])) < oldest:
        raise SetupError(f"node is {said or 'broken'}. {how}")
    return said.removeprefix("v")

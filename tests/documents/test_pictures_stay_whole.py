"""Drawing PDFs must not make the process take cut-off pictures for whole ones."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import django
django.setup()
from PIL import ImageFile
from amps.documents.rendering import is_available
assert is_available()
assert ImageFile.LOAD_TRUNCATED_IMAGES is False
"""


def test_a_process_that_can_draw_pdfs_still_refuses_truncated_pictures():
    # A process of its own: the library's import counts once per process.
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr

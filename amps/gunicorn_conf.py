"""How gunicorn serves AMPS, in a demo and in production."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from amps.environment import env_int

bind = f"{os.environ.get('BIND_ADDRESS', '0.0.0.0')}:{env_int('PORT', 8000, least=1, most=65535)}"  # noqa: S104 - phones in the plant's network reach it
workers = env_int("WEB_PROCESSES", 2, least=1, most=64)
threads = env_int("WEB_THREADS", 4, least=1, most=64)
worker_class = "gthread"
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
# A heartbeat file on a disk that is busy would look like a hung worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes its own unnamed file
# Two instances on one machine would share its default place.
control_socket_disable = True
# The product logs every request itself, with its id.
accesslog = None
errorlog = "-"
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Production refuses what is unsafe, once, before the first worker.

    In a process of its own, since the web processes are forked from this one.
    """
    if os.environ.get("AMPS_ENV") != "production":
        return
    command = [
        sys.executable,
        "-c",
        "import django; django.setup(); from amps.checks import stop_if_unsafe; stop_if_unsafe()",
    ]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "amps.settings"}
    if subprocess.run(command, env=environment, check=False).returncode:  # noqa: S603 - our own words
        sys.exit(1)

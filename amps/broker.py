"""The folders of the single-machine broker. Messages are nudges: a wiped folder loses nothing that matters."""

from pathlib import Path


def ensure_broker_folders() -> None:
    """Make the folders of the filesystem transport anew if they are gone; without that transport, do nothing.

    Celery's transport fails, and the worker exits, when they are missing.
    """
    from django.conf import settings

    if not str(settings.CELERY_BROKER_URL).startswith("filesystem"):
        return
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS[name]).mkdir(mode=0o700, parents=True, exist_ok=True)

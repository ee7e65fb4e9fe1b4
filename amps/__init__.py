"""AMPS, the Aluminium Metal Production System: the ground floor that every other package stands on."""

from amps.celery import app as celery_app

__all__ = ["celery_app"]

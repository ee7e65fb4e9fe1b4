"""The reasons that are offered when something is not as it should be; a plant adds its own."""

from __future__ import annotations

from observations.models import Reason

# Man, method, machine, material, measurement, surroundings: the six places where a cause is looked for.
REASONS = (
    ("no-time", "No time", "Ikke tid"),
    ("not-known", "Not trained in this", "Ikke opplært i dette"),
    ("standard-unclear", "Standard unclear", "Standarden er uklar"),
    ("equipment-fault", "Equipment fault", "Feil på utstyr"),
    ("tool-missing", "Tool missing", "Verktøy mangler"),
    ("material", "Material", "Materiale"),
    ("measurement", "Measuring fault", "Målefeil"),
    ("heat-dust", "Heat, dust or access", "Varme, støv eller adkomst"),
)


def reasons_load() -> int:
    """Add the general reasons that are missing; those that the plant has changed stay. Returns how many are new."""
    known = set(Reason.objects.values_list("code", flat=True))
    missing = [
        Reason(code=code, text_en=en, text_nb=nb, position=position)
        for position, (code, en, nb) in enumerate(REASONS, start=1)
        if code not in known
    ]
    return len(Reason.objects.bulk_create(missing, ignore_conflicts=True))

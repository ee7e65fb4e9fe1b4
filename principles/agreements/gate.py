"""A deviation raised by a breach does not close before the breach's other side has confirmed."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from principles.agreements.models import Breach
from principles.agreements.parties import owing_side, party
from principles.improvement.models import Deviation
from principles.improvement.services.gate import Condition, Obstacle


def breach_condition(deviation: Deviation) -> Condition | None:
    """The closing gate's line for a deviation that a breach raised; None for any other (one query)."""
    breach = (
        Breach.objects.filter(deviation=deviation)
        .select_related(
            "term__agreement__relationship__supplier_unit",
            "term__agreement__relationship__customer_unit",
            "term__agreement__relationship__supplier_external",
            "term__agreement__relationship__customer_external",
        )
        .first()
    )
    if breach is None:
        return None
    who = party(breach.term.agreement.relationship, owing_side(breach.term).other)
    label = _("%(party)s has confirmed that the breach is closed") % {"party": who}
    if breach.confirmed_at is not None:
        return Condition(label, ())
    text = _("%(party)s has not confirmed that the breach of the agreement is closed.") % {"party": who}
    return Condition(label, (Obstacle("breach", text, reverse("agreements:breach", args=[breach.pk])),))

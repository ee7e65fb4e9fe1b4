"""The live facts beside the focus items of a self-evaluation, and what they suggest.

Every metric of the standard is either computed here, with its definition, window and scope, or says which data are
missing. Nothing is guessed, and nothing is written.
"""

from roadmap.evidence.facts import facts_of, facts_of_many
from roadmap.evidence.plain import Fact, ItemFacts, against_facts, fact_from_json, judge, suggest
from roadmap.evidence.registry import COMPUTED, reason_missing

__all__ = [
    "COMPUTED",
    "Fact",
    "ItemFacts",
    "against_facts",
    "fact_from_json",
    "facts_of",
    "facts_of_many",
    "judge",
    "reason_missing",
    "suggest",
]

"""What travels: boxes, wagons and goods outside them, and on which arcs it may."""

from koridor.model.cargo.rules import Refusals, Rule, admissible, rule_sentence
from koridor.model.cargo.units import Cargo, class_of, per_platform, read_cargo, usual_goods

__all__ = [
    "Cargo",
    "Refusals",
    "Rule",
    "admissible",
    "class_of",
    "per_platform",
    "read_cargo",
    "rule_sentence",
    "usual_goods",
]

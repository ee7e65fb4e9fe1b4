"""Changes of units, people, crews, calendar and rota. Every one is on the audit trail."""

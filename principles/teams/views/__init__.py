"""Pages of units, people, crews, calendar and rota, and the door of the house."""

"""What people fill in on the pages of units, people, crews, calendar and rota."""

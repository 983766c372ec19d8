"""How the suite judges answers, and what a rule comes to."""

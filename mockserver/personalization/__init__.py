"""Templates of mails: cut into pieces, compiled once, rendered for a lead."""

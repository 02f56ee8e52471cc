"""Rules of invoices: identity, fields, states, look-up and reading tables. Pure."""

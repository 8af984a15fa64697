"""The only room that talks to PostgreSQL and Redis: pools, transactions, named SQL, one typed function each."""

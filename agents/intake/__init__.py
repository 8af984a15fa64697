"""The first to read a message: what is wanted, by whom it is best answered, and what stands in it. By rules, pure."""

"""Charts as pictures for a phone: pure drawing, done in a child process."""

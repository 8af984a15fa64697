"""The daily digest, weekly and monthly reports."""

"""What is done every day: how things stand, cases, handing conversations back."""

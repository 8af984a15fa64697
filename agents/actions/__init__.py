"""The declared actions: who may ask for them, with which arguments, how each is allowed. Nothing else can happen."""

"""The specialists, one module each: its own files, what it answers colleagues, and what it does by rules.

Where no rule fits, `agents/answering.py` answers from the knowledge or asks a model with the specialist's actions.
"""

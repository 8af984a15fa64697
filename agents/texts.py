"""The texts that customers read."""

from pathlib import Path

from core.texts import Catalogue

TEXTS = Catalogue.load(Path(__file__).parent / "locales")

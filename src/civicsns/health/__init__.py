"""
What is stuck, why, and what to do: a pure look at what the store says.

Nothing is sent, nothing is changed, and no network is asked.
"""

from civicsns.health.diagnosis import diagnose, look
from civicsns.health.symptom import Health, Level, Symptom

__all__ = ["Health", "Level", "Symptom", "diagnose", "look"]

"""From a wish to an effect: an agent's proposal is judged, voted on, asked for, queued; what became of it is told."""

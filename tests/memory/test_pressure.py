from memory.pressure import MemoryPressure, free_share


def test_memory_is_short_below_a_tenth_and_looked_at_every_other_second() -> None:
    now, free, looks = 0.0, 0.5, 0

    def look() -> float:
        nonlocal looks
        looks += 1
        return free

    pressure = MemoryPressure(look, monotonic=lambda: now)
    assert not pressure()
    free, now = 0.05, 1.0
    assert not pressure()
    now = 2.0
    assert pressure()
    assert looks == 2


def test_this_machine_has_some() -> None:
    assert -1.0 < free_share() <= 1.0

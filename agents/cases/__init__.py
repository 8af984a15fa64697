"""Work that lasts longer than a talk: explicit state machines, one module a kind in `kinds/`.

`machine` moves them, `registry` knows them, `handler` gives them their turns, `views` says where they stand.
"""

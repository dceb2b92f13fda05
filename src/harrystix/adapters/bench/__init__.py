"""`make bench`: the main job on this machine, with real parts in a fresh folder."""

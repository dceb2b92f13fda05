"""Passwords of people are hashed at full strength, whatever tests take to be quick."""

import subprocess
import sys


def test_a_process_of_its_own_hashes_with_the_parameters_that_are_recommended() -> None:
    made = "from harrystix.adapters.vault.staff import PASSWORDS; print(PASSWORDS.hash('a long night out'))"
    told = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True).stdout
    assert told.startswith("$argon2id$v=19$m=65536,t=3,p=4$")

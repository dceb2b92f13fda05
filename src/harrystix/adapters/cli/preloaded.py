"""What the parts of `up` are made of, loaded once: each part is forked from a process that has it.

Loading takes seconds of work, and a part that died is wanted back at once.
"""

import gc
from importlib import import_module

PARTS = (
    "uvicorn.protocols.http.auto",
    "uvicorn.lifespan.on",
    "harrystix.adapters.cli.main",
    "harrystix.adapters.chain.anchors",
    "harrystix.adapters.follower.runner",
    "harrystix.adapters.follower.scheduler",
    "harrystix.adapters.postgres.retention",
    "harrystix.adapters.sandbox.postmark_server",
    "harrystix.adapters.sandbox.stripe.server",
    "harrystix.adapters.vault.rotation",
    "harrystix.adapters.web.app",
    "harrystix.adapters.worker.run",
)

for _name in PARTS:
    import_module(_name)
gc.collect()
# The collector would write into every object, and each part would soon have pages of its own.
gc.freeze()

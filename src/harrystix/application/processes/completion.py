"""Completion: an upload is completed once every ticket of it was tried."""

from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.processes.work import one
from harrystix.domain.upload import Upload


def complete_uploads(context: Context) -> int:
    ready = context.due.completable()
    return sum(
        one(context, "complete", upload_id, lambda upload_id=upload_id: _complete(context, upload_id))
        for upload_id in ready
    )


def _complete(context: Context, upload_id: str) -> None:
    by = context.by("system:allocator", f"complete/{upload_id}")

    def work() -> None:
        upload = context.store.get(Upload, upload_id)
        upload.complete(by)
        context.store.commit(upload)

    context.store.run(by, lambda: [UUID(upload_id)], work)

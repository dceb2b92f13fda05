"""Completion: an upload is completed once every ticket of it was tried."""

from uuid import UUID

from harrystix.application.context import Context
from harrystix.domain.upload import Upload
from harrystix.domain.values import By


def complete_uploads(context: Context) -> int:
    ready = context.due.completable()
    for upload_id in ready:
        by = context.by("system:allocator", f"complete/{upload_id}")

        def work(upload_id: str = upload_id, by: By = by) -> None:
            upload = context.store.get(Upload, upload_id)
            upload.complete(by)
            context.store.commit(upload)

        context.store.run(by, lambda upload_id=upload_id: [UUID(upload_id)], work)
    return len(ready)

"""Reading an uploaded file: as multipart form or plain body, counted while it streams."""

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from harrystix.application.csv_file import MAX_BYTES, FileRefused

FORM_OVERHEAD = 64 * 1024
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


async def read_file(request: Request) -> tuple[bytes, str]:
    """(content, file name). Raises FileRefused for more than 5 MB before the rest is read."""
    kind = request.headers.get("content-type", "")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "Send the file as it is, not compressed.")
    if not kind.startswith("multipart/form-data"):
        return await _body(request, MAX_BYTES), request.query_params.get("fileName", "upload.csv")
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MAX_BYTES + FORM_OVERHEAD:
        raise FileRefused("too_large", "The selected file must be smaller than 5 MB.")
    async with request.form(max_files=1, max_fields=5) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "The form needs a field called file.")
        data = await file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise FileRefused("too_large", "The selected file must be smaller than 5 MB.")
        return data, file.filename or "upload.csv"


async def _body(request: Request, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise FileRefused("too_large", "The selected file must be smaller than 5 MB.")
        chunks.append(chunk)
    return b"".join(chunks)

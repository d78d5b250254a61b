"""Uploaded files (https://docs.stripe.com/file-upload): evidence for disputes.

What is kept is what the API tells of a file: name, size, kind. The content itself is
known by its digest alone, so that nothing private stays in a sandbox.
"""

from typing import Any

from marketplace.sandbox import ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import Invalid, NotOffered, missing_object
from marketplace.sandbox.resources import lists
from marketplace.sandbox.store import Record

KIND = "file"
EVIDENCE = "dispute_evidence"
# What may serve as evidence, and how much of it (https://docs.stripe.com/api/files).
_TYPES = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"%PDF": "pdf"}
LARGEST = 4_500_000


def create(call: Call) -> dict[str, Any]:
    """POST /v1/files, as `multipart/form-data`, on the address for files."""
    if "file_link_data" in call.params:
        raise NotOffered("file_link_data")
    if call.params["purpose"] != EVIDENCE:
        raise NotOffered("purpose", f"only {EVIDENCE}")
    upload = call.upload
    if upload is None:
        raise Invalid("Invalid file: send it as multipart/form-data.", param="file")
    kind = next(
        (name for mark, name in _TYPES.items() if upload.content.startswith(mark)), None
    )
    if kind is None:
        raise Invalid(
            "The file type is not supported for this purpose: JPEG, PNG or PDF.",
            param="file",
        )
    if len(upload.content) > LARGEST:
        raise Invalid("The file is larger than 4.5 MB.", param="file")
    file_id = ids.new_id("file")
    body = responses.complete(
        KIND,
        {
            "id": file_id,
            "object": KIND,
            "created": call.now,
            "filename": upload.filename,
            "links": lists.envelope(f"/v1/file_links?file={file_id}", []),
            "purpose": EVIDENCE,
            "size": len(upload.content),
            "type": kind,
        },
    )
    responses.check(body)
    call.store.add(Record(file_id, KIND, call.account, call.now, body))
    return body


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/files/{id}"""
    record = call.store.get(KIND, call.path["id"], call.account)
    if record is None:
        raise missing_object("file upload", call.path["id"])
    return record.body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/files: by `created`, `purpose`."""
    lists.only(call, "purpose")
    conditions = lists.equals(call, purpose="json_extract(body, '$.purpose')")
    return lists.page(call, KIND, conditions)

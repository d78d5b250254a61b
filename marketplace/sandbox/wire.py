"""Decodes Stripe's nested form encoding (`a[b][0]=c`) into dicts.

Lists stay dicts keyed by "0", "1", ... here: only the schema knows whether
`metadata[0]` is a key or an index, so `contract.requests` turns them.
"""

import email.message
import email.parser
import email.policy
import hashlib
import json
import re
import urllib.parse
from typing import Any

from marketplace.sandbox.calls import Upload
from marketplace.sandbox.errors import Invalid

MAX_PAIRS = 10_000
MAX_DEPTH = 12

_SEGMENT = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def decode_form(text: str) -> dict[str, Any]:
    """Return the nested parameters of a form body or query string.

    :raises Invalid: a name that is no parameter path, or one that is used both
        as a value and as a hash.
    """
    try:
        pairs = urllib.parse.parse_qsl(
            text,
            keep_blank_values=True,
            max_num_fields=MAX_PAIRS,
            errors="strict",
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid("Invalid request body: it is no form encoding.") from error
    decoded: dict[str, Any] = {}
    for name, value in pairs:
        _put(decoded, name, value)
    return decoded


def _put(decoded: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.fullmatch(name)
    if match is None:
        raise Invalid(f"Invalid parameter name: {name}", param=name)
    path = [match[1], *_SEGMENT.findall(match[2])]
    if len(path) > MAX_DEPTH:
        raise Invalid(f"Parameter nested too deeply: {name}", param=name)
    node = decoded
    for position, segment in enumerate(path):
        # `expand[]=x`: the next free index of the list.
        key = segment if segment else str(len(node))
        if position == len(path) - 1:
            if key in node:
                raise Invalid(f"Parameter given twice: {name}", param=name)
            node[key] = value
        else:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise Invalid(f"Invalid hash: {name}", param=name)


def decode_multipart(
    body: bytes, content_type: str
) -> tuple[dict[str, Any], bool, Upload | None]:
    """Return the parameters of a multipart body, that they are text, and its file.

    Among the parameters the file is its name, size and digest, which makes two
    uploads the same or not.

    :raises Invalid: it is no multipart body, or has more than one file.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    decoded: dict[str, Any] = {}
    upload: Upload | None = None
    for part in message.iter_parts() if message.is_multipart() else []:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise Invalid("Invalid request body: it is no multipart form.")
        filename = part.get_filename()
        if filename is None:
            _put(decoded, name, content.decode("utf-8", "replace"))
            continue
        if upload is not None or name != "file":
            raise Invalid("One file is taken, as `file`.", param=name)
        upload = Upload(filename, content)
        decoded[name] = {
            "filename": filename,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": str(len(content)),
        }
    return decoded, True, upload


def decode_json(body: bytes) -> dict[str, Any]:
    """Return the parameters of a v2 request.

    :raises Invalid: the body is no JSON object.
    """
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Invalid(
            "Invalid request body: it is no JSON.", code="invalid_json"
        ) from error
    if not isinstance(value, dict):
        raise Invalid("Invalid request body: a JSON object is expected.")
    return value

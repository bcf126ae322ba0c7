#!/usr/bin/env python3
"""Reads mails (standard input, a JSON list of texts) with Python's email package, and prints a JSON list.

Each has `headers` (a list of names and decoded values), `subject`, `from`, `to` (addresses), `date`, `type`,
`parts` (media type and decoded text, whose lines end in \\n), and `defects`: everything that the package objects to.
"""
import email
import email.policy
import json
import sys


def read(text):
    mail = email.message_from_string(text, policy=email.policy.default)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    # The body has to be decoded before a part knows its defects.
    decoded = [
        {"type": part.get_content_type(), "text": part.get_content().replace("\r\n", "\n")} for part in parts
    ]
    defects = [str(d) for part in mail.walk() for d in part.defects]
    defects += [str(d) for value in mail.values() for d in value.defects]
    return {
        "headers": [[name, str(value)] for name, value in mail.items()],
        "subject": str(mail["Subject"]),
        "from": [a.addr_spec for a in mail["From"].addresses],
        "to": [a.addr_spec for a in mail["To"].addresses],
        "date": mail["Date"].datetime.isoformat(),
        "type": mail.get_content_type(),
        "parts": decoded,
        "defects": defects,
    }


json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)

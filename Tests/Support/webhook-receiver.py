#!/usr/bin/env python3
"""Receives webhooks on a free port of this machine, and verifies them with the library of Standard Webhooks.

usage: webhook-receiver.py SECRET_FILE

Prints `port=PORT` when it listens. It answers 200 with the message's own `subject` where the signature is
right, 401 with the library's words where it is not, and 409 where it has seen the message's id before.
"""
import http.server
import pathlib
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(pathlib.Path(sys.argv[1]).read_text().strip())
seen = set()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            document = webhook.verify(body, headers)
        except WebhookVerificationError as error:
            return self.answer(401, str(error))
        if headers["webhook-id"] in seen or headers["webhook-id"] != document["id"]:
            return self.answer(409, "seen before")
        seen.add(headers["webhook-id"])
        self.answer(200, document["subject"])

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print(f"port={server.server_port}", flush=True)
server.serve_forever()

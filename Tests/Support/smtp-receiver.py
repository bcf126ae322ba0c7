#!/usr/bin/env python3
"""Receives mail by SMTP (aiosmtpd) on a free port of this machine, and keeps each as a file.

usage: smtp-receiver.py FOLDER [accept|reject|defer|drop]

  accept   takes everything (the default)
  reject   550 to each receiver
  defer    451 after the mail was sent
  drop     closes the connection after the mail was sent

Prints `port=PORT` when it listens. A mail is FOLDER/1.eml and so on, with FOLDER/1.json beside it for its
envelope. It ends by a signal, or with its standard output.
"""
import json
import pathlib
import signal
import sys

from aiosmtpd.controller import Controller

folder = pathlib.Path(sys.argv[1])
mode = sys.argv[2] if len(sys.argv) > 2 else "accept"


class Mailbox:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode == "reject":
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if mode == "defer":
            return "451 4.3.0 try again later"
        if mode == "drop":
            server.transport.abort()
            return "421 4.3.2 gone"
        self.count += 1
        (folder / f"{self.count}.json").write_text(
            json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos}))
        (folder / f"{self.count}.eml").write_bytes(envelope.original_content)
        return "250 2.0.0 kept"


class Receiver(Controller):
    # The port is known only once it listens, and the controller's own trial needs it.
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


receiver = Receiver(Mailbox(), hostname="127.0.0.1", port=0)
receiver.start()
print(f"port={receiver.port}", flush=True)
signal.sigwait([signal.SIGTERM, signal.SIGINT])
receiver.stop()

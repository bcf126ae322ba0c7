#!/usr/bin/env python3
"""Receives heartbeats on a free port of this machine, and writes the target of each into a file, a line each.

usage: heartbeat-receiver.py FILE

Prints `port=PORT` when it listens, and answers `OK` as healthchecks does.
"""
import http.server
import sys


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open(sys.argv[1], "a", encoding="utf-8") as file:
            file.write(self.path + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    do_GET = do_POST

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print(f"port={server.server_port}", flush=True)
server.serve_forever()

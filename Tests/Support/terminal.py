#!/usr/bin/env python3
"""Runs a command on a terminal of its own and talks to it as a person would.

usage: terminal.py [--columns N] [--rows N] [--limit SECONDS] SCRIPT.json -- COMMAND…

SCRIPT.json (or - for standard input) is a list of steps, done one after the other:

  {"expect": "text", "timeout": 20}    wait until the text is shown, after what earlier steps have matched
  {"expect": "text", "send": "yes\\r"}  the same, then type; "\\r" is Enter, "\\u0003" Ctrl-C, "\\u0004" Ctrl-D
  {"send": "yes\\r"}                    type at once
  {"send_file": "FILE"}                type what the file holds, for a secret that no script should hold
  {"signal": "INT"}                    send a signal to the command itself
  {"columns": 40, "rows": 10}          change the window's size
  {"sleep": 0.5}                       wait
  {"hang_up": true}                    close the terminal, as when a connection is lost

Then the command is waited for. One JSON object on standard output tells what happened:

  {"status": 0, "signal": null, "output": "everything the terminal showed", "failed": null}

"status" is the exit status, or null when a signal ended the command, and "signal" is then its name. "failed"
says which step was not met and what was shown instead; the command is killed then. The exit status here is 0
when all steps were met and the command has ended by itself, 1 when not, 64 for wrong usage.

The terminal is the command's controlling terminal, in the state a login would leave it in: it echoes what is
typed unless the command turns that off, and Ctrl-C becomes SIGINT. What was typed is therefore found in
"output" exactly when a bystander could have read it. The environment is passed on, with TERM set.
"""
import argparse
import errno
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


class NotMet(Exception):
    """A step did not come true in its time."""


class Conversation:
    def __init__(self, command, columns, rows, limit):
        self.deadline = time.monotonic() + limit
        self.output = bytearray()
        self.matched = 0
        self.open = True
        # The command waits for this pipe to close, so that it never sees a window of the wrong size.
        gate, opener = os.pipe()
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.close(opener)
            os.read(gate, 1)
            os.close(gate)
            os.environ["TERM"] = "xterm-256color"
            try:
                os.execvp(command[0], command)
            except OSError as error:
                print(f"terminal.py: {command[0]}: {error.strerror}", flush=True)
                os._exit(127)
        os.close(gate)
        self.resize(columns, rows)
        os.close(opener)

    def resize(self, columns, rows):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, until):
        """Takes in what the terminal shows; says False when nothing can come any more."""
        wait = max(0.0, min(until, self.deadline) - time.monotonic())
        if not self.open or not select.select([self.terminal], [], [], wait)[0]:
            return self.open
        try:
            chunk = os.read(self.terminal, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            chunk = b""
        self.output += chunk
        self.open = bool(chunk)
        return self.open

    def expect(self, text, timeout):
        until = time.monotonic() + timeout
        wanted = text.encode()
        while True:
            found = self.output.find(wanted, self.matched)
            if found >= 0:
                self.matched = found + len(wanted)
                return
            if not self.read(until):
                raise NotMet("the command ended before it was shown")
            if time.monotonic() >= min(until, self.deadline):
                raise NotMet("it was not shown in time")

    def send(self, data):
        """Types; what the terminal shows meanwhile is taken in, so that neither side waits for the other."""
        while data:
            readable, writable, _ = select.select([self.terminal], [self.terminal], [], 5)
            if readable and not self.read(time.monotonic()):
                raise NotMet("the command ended before all was typed")
            if writable:
                # Less than a terminal takes in one line.
                data = data[os.write(self.terminal, data[:512]):]
            if not readable and not writable:
                raise NotMet("the command does not read what is typed")

    def take(self, step):
        if "expect" in step:
            self.expect(step["expect"], step.get("timeout", 20))
        if "sleep" in step:
            until = time.monotonic() + step["sleep"]
            while time.monotonic() < min(until, self.deadline) and self.read(until):
                pass
        if "columns" in step:
            self.resize(step["columns"], step.get("rows", 24))
        if "send" in step:
            self.send(step["send"].encode())
        if "send_file" in step:
            with open(step["send_file"], "rb") as file:
                self.send(file.read())
        if "signal" in step:
            os.kill(self.child, getattr(signal, "SIG" + step["signal"]))
        if step.get("hang_up"):
            os.close(self.terminal)
            self.open = False

    def finish(self):
        """Waits for the command to end, and takes in its last words."""
        while time.monotonic() < self.deadline:
            pid, status = os.waitpid(self.child, os.WNOHANG)
            if pid:
                # A process that it left behind may hold the terminal open: what it says later is not waited for.
                last = time.monotonic() + 0.5
                while self.open and time.monotonic() < last:
                    if not select.select([self.terminal], [], [], 0.05)[0]:
                        break
                    self.read(last)
                return os.waitstatus_to_exitcode(status)
            if self.open:
                self.read(time.monotonic() + 0.05)
            else:
                time.sleep(0.02)
        raise NotMet("the command did not end in time")

    def kill(self):
        try:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


KNOWN = {"expect", "timeout", "send", "send_file", "signal", "columns", "rows", "sleep", "hang_up"}


def steps_of(name, parser):
    try:
        if name == "-":
            steps = json.load(sys.stdin)
        else:
            with open(name, encoding="utf-8") as file:
                steps = json.load(file)
    except (OSError, ValueError) as error:
        parser.error(f"{name}: {error}")
    if not isinstance(steps, list):
        parser.error(f"{name}: a list of steps is wanted")
    for number, step in enumerate(steps, 1):
        unknown = set(step) - KNOWN if isinstance(step, dict) else {str(step)}
        if unknown:
            parser.error(f"{name}: step {number}: unknown {', '.join(sorted(unknown))}")
    return steps


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"terminal.py: {message}", file=sys.stderr)
        sys.exit(64)


def main():
    parser = Parser(usage=__doc__)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("script")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("a command is wanted after --")
    steps = steps_of(options.script, parser)

    conversation = Conversation(command, options.columns, options.rows, options.limit)
    failed, code = None, None
    number = 0
    try:
        for number, step in enumerate(steps, 1):
            conversation.take(step)
        number = len(steps) + 1
        code = conversation.finish()
    except NotMet as error:
        failed = {
            "step": number,
            "expected": steps[number - 1].get("expect") if number <= len(steps) else None,
            "why": str(error),
            "shown_instead": conversation.output[conversation.matched:].decode(errors="replace"),
        }
        conversation.kill()
    finally:
        conversation.kill()
    json.dump({
        "status": code if code is not None and code >= 0 else None,
        "signal": signal.Signals(-code).name.removeprefix("SIG") if code is not None and code < 0 else None,
        "output": conversation.output.decode(errors="replace"),
        "failed": failed,
    }, sys.stdout, ensure_ascii=False, indent=2)
    print()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

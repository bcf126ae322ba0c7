#!/usr/bin/env python3
"""Counts the messages of a secret's whole life, beside what peers would send, and prints a table.

usage: bench-messages.py [--nights N] KEYTURN

  --nights N   how many nights (default 745: a little more than 24 months)

One secret lives for 24 months and is forgotten until the night after its end; then somebody replaces it.
keyturn runs each night, as cron runs it, under a clock that is moved on; one route is a program that keeps
what it is told. The peers' rules are applied to the same nights:

  daily from 30 days    a mail every night of the last 30 days and after the end (kekzl/entra-secret-monitor)
  daily from 4 weeks    the same from 28 days on (o365-moodle)

Nothing uses the network. Everything happens in a temporary directory, which is removed in the end.
"""
import argparse
import collections
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
START = datetime.datetime(2026, 11, 22, 2, 10, tzinfo=datetime.timezone.utc)
CONFIGURATION = """\
database: {folder}/keyturn.db
store: {{ key_file: {folder}/store.key }}
tenants: {{ contoso: {{ id: contoso.onmicrosoft.com }} }}
connections:
  magentrix-d365:
    tenant: contoso
    client_id: 46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b
    environment: https://contoso.crm.dynamics.com
notify: {{ routes: {{ box: {{ command: [{folder}/keep] }} }} }}
"""


class Failed(Exception):
    """A command did not do what the measurement needs."""


def clock(folder):
    """A library that moves the clock of whatever it is loaded into."""
    library = os.path.join(folder, "clock.so")
    compiler = shutil.which("clang") or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise Failed("there is no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, "clock.c")], check=True)
    return library


class Installation:
    def __init__(self, keyturn, folder):
        self.keyturn, self.folder, self.clock = keyturn, folder, clock(folder)
        self.configuration = os.path.join(folder, "keyturn.yaml")
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=folder))
        os.chmod(self.configuration, 0o600)
        keep = os.path.join(folder, "keep")
        with open(keep, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\ncat >> '{folder}/box'\necho >> '{folder}/box'\n")
        os.chmod(keep, 0o700)

    def run(self, now, *words, allowed=(0,)):
        environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "TZ": "UTC", "LD_PRELOAD": self.clock,
            "SESSION_CLOCK": str(int(now.timestamp() - time.time())),
        }
        done = subprocess.run(
            [self.keyturn, *words, "--config", self.configuration], env=environment, timeout=60,
            stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode not in allowed:
            raise Failed(f"keyturn {words[0]} on {now}: exit status {done.returncode}\n"
                         + (done.stdout + done.stderr).decode(errors="replace")[-2000:])

    def messages(self):
        """The messages so far, each a document."""
        path = os.path.join(self.folder, "box")
        if not os.path.exists(path):
            return []
        decoder, text, found = json.JSONDecoder(), open(path, encoding="utf-8").read().strip(), []
        while text:
            document, end = decoder.raw_decode(text)
            found.append(document)
            text = text[end:].strip()
        return found


def life(keyturn, nights):
    """What keyturn sends, with the day of the secret's end."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(keyturn, folder)
        end = (START + datetime.timedelta(days=730)).date()
        installation.run(START, "init")
        installation.run(START, "record", "magentrix-d365", "--expires", str(end))
        days = []
        for night in range(nights):
            now = START + datetime.timedelta(days=night)
            if now.date() == end + datetime.timedelta(days=2):
                renewed = (now + datetime.timedelta(days=730)).date()
                installation.run(now, "record", "magentrix-d365", "--expires", str(renewed))
            before = len(installation.messages())
            installation.run(now, "check", allowed=(0, 1, 2))
            days += [night] * (len(installation.messages()) - before)
        return days, installation.messages(), end


def peers(end, nights):
    """How often a mail every night from so many days on comes, until the secret is replaced."""
    counts = {}
    for name, ahead in (("daily from 30 days", 30), ("daily from 4 weeks", 28)):
        counts[name] = sum(
            1 for night in range(nights)
            if -ahead <= ((START + datetime.timedelta(days=night)).date() - end).days < 2)
    return counts


def main():
    parser = argparse.ArgumentParser(usage=re.search("usage: (.*)", __doc__).group(1))
    parser.add_argument("--nights", type=int, default=745)
    parser.add_argument("keyturn")
    options = parser.parse_args()
    try:
        days, messages, end = life(os.path.realpath(options.keyturn), options.nights)
    except Failed as failure:
        sys.exit(f"bench-messages.py: {failure}")
    kinds = collections.Counter(
        line["kind"] for message in messages for line in message["lines"])
    print(f"Messages over {options.nights} nights, all warnings ignored until the secret had ended:")
    for name, count in {"keyturn": len(messages), **peers(end, options.nights)}.items():
        print(f"  {name:20} {count:3}   {count / max(1, len(messages)):4.1f} × keyturn")
    print(f"  keyturn's were {dict(kinds)}, in nights {days}")


main()

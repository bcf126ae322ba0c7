#!/usr/bin/env python3
"""Measures keyturn beside its peers and prints a table. Run it on a quiet machine, with a release build.

usage: bench.py [--runs N] [--many N] [--no-peers] KEYTURN

  --runs N     how often each command is timed (default 20; at least 10)
  --many N     how many connections the large installation has (default 10000; 0 leaves it out)
  --no-peers   without certbot, which is installed from PyPI into a temporary directory

Wall time is what a caller waits, from starting the process to its end; memory is the peak resident set that
the kernel reports. Nothing uses the network but the one rotation at the end, whose token server is Debian's
glewlwyd on loopback. Everything happens in temporary directories, which are removed in the end.
"""
import argparse
import collections
import datetime
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
Row = collections.namedtuple("Row", "what minimum median memory note")


class Failed(Exception):
    """A command did not do what the measurement needs."""


def run(command, allowed=(0,), **options):
    done = subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True,
                          timeout=600, check=False, **options)
    if done.returncode not in allowed:
        raise Failed(f"{' '.join(command)}: exit status {done.returncode}\n"
                     + (done.stdout + done.stderr).decode(errors="replace")[-2000:])
    return done.stdout.decode(errors="replace")


def progress(what=""):
    """Shows on a terminal how far something is, in the place of what it said before; without a text, it is done."""
    if sys.stderr.isatty():
        print(f"\r{what}" if what else "", end="" if what else "\n", file=sys.stderr, flush=True)


def measure(what, command, runs, environment=None, allowed=(0,), note=""):
    """Times a command; its first two runs only warm the file system's cache."""
    environment = {**os.environ, **(environment or {})}
    output = run(command, allowed, env=environment)
    run(command, allowed, env=environment)
    walls = []
    for _ in range(runs):
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=environment)
        # With a time limit Python would look only every so often; the runs before have shown that it ends.
        process.wait()
        walls.append(time.perf_counter() - started)
    # Not getrusage: a child's peak there is at least that of the Python that started it.
    with tempfile.NamedTemporaryFile("r") as file:
        peaks = []
        for _ in range(3):
            run(["/usr/bin/time", "--quiet", "--format", "%M", "--output", file.name, *command], allowed,
                env=environment)
            with open(file.name, encoding="utf-8") as written:
                peaks.append(int(written.read().split()[-1]))
    return Row(what, min(walls), statistics.median(walls), max(peaks), note), output


def table(rows):
    heads = ["", "min ms", "median ms", "peak MB", ""]
    cells = [[row.what, f"{row.minimum * 1000:.1f}", f"{row.median * 1000:.1f}", f"{row.memory / 1024:.1f}", row.note]
             for row in rows]
    widths = [max(len(line[column]) for line in [heads, *cells]) for column in range(len(heads))]
    for line in [heads, *cells]:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(line[1:4], widths[1:4]))
        print(f"{line[0].ljust(widths[0])}  {numbers}  {line[4]}".rstrip())


class Installation:
    """A configuration, a key and a database in a directory of their own."""

    def __init__(self, keyturn, directory):
        self.keyturn = keyturn
        self.directory = directory
        os.makedirs(directory, mode=0o700)
        self.database = os.path.join(directory, "keyturn.db")
        self.environment = {"KEYTURN_CONFIG": os.path.join(directory, "keyturn.yaml")}

    def configure(self, numbers, name="keyturn.yaml"):
        """Writes a configuration with the connections of these numbers."""
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"database: {self.database}\n"
                       f"store: {{ key_file: {self.directory}/store.key }}\n"
                       "tenants:\n  contoso: { id: 72f988bf-86f1-41af-91ab-2d7cd011db47 }\n"
                       "connections:\n")
            for number in numbers:
                file.write(f"  portal-{number:05d}:\n    tenant: contoso\n"
                           f"    client_id: 46e6adf4-a9cf-4b60-9390-{number:012x}\n"
                           f"    environment: https://portal{number:05d}.crm.dynamics.com\n"
                           "    consumer: magentrix\n")
        os.chmod(path, 0o600)
        return path

    def call(self, *arguments, allowed=(0,), **options):
        return run([self.keyturn, *arguments], allowed, env={**os.environ, **self.environment}, **options)

    def record(self, count, due):
        """Records the lifetimes of so many connections; the first `due` of them end within 30 days."""
        today = datetime.datetime.now(datetime.timezone.utc).date()
        # A process for each would read the whole configuration each time: a hundred at once are enough.
        for start in range(0, count, 100):
            batch = range(start, min(start + 100, count))
            options = ["--config", self.configure(batch, "batch.yaml")]
            if start == 0:
                self.call("init", *options)
            for number in batch:
                days = 20 if number < due else 200 + number % 500
                self.call("record", f"portal-{number:05d}", *options,
                          "--expires", (today + datetime.timedelta(days=days)).isoformat())
            progress(f"recording {min(start + 100, count)} of {count} …")
        progress()
        os.remove(os.path.join(self.directory, "batch.yaml"))
        self.configure(range(count))


def ours(keyturn, directory, count, due, runs):
    installation = Installation(keyturn, os.path.join(directory, f"with-{count}"))
    installation.record(count, due)
    status = [keyturn, "status"]
    check = [keyturn, "check"]
    expected = (1,) if due else (0,)
    rows = []
    about = f"{count:,} connections, {due} due"
    if count <= 100:
        rows.append(measure(f"keyturn status, {about}", status, runs, installation.environment, (0, 1))[0])
    row, output = measure(f"keyturn check, {about}", check, runs, installation.environment, expected)
    rows.append(row._replace(note=f"exit status {expected[0]}"))
    print(f"keyturn check with {about} says: {output.splitlines()[-1][:140]}")
    rows.append(measure(f"sqlite3 shell, {count:,} lifetimes",
                        ["sqlite3", "-readonly", installation.database,
                         "select connection, expiresAt from clientSecret order by expiresAt"],
                        runs, note="the floor: it decides nothing")[0])
    return rows


def certbot(directory, runs):
    """The nightly no-op of certbot, with as many certificates as we have connections, none of them due."""
    venv = os.path.join(directory, "certbot")
    print("installing certbot …", file=sys.stderr)
    run([sys.executable, "-m", "venv", venv])
    run([f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "certbot"])
    version = run([f"{venv}/bin/certbot", "--version"]).strip()
    rows = []
    for count in (1, 50):
        home = os.path.join(directory, f"certbot-with-{count}")
        os.makedirs(home)
        key, certificate = os.path.join(home, "key.pem"), os.path.join(home, "certificate.pem")
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "90", "-subj", "/CN=example.test", "-keyout", key, "-out", certificate])
        for number in range(count):
            lineage(os.path.join(home, "config"), f"site{number}.example.test", key, certificate, version)
        command = [f"{venv}/bin/certbot", "renew", "--non-interactive", "--no-random-sleep-on-renew"]
        for kind in ("config", "work", "logs"):
            command += [f"--{kind}-dir", os.path.join(home, kind)]
        row, output = measure(f"{version} renew, {count} certificate{'s' * (count > 1)}, 0 due", command, runs,
                              note="its server cannot be reached")
        if output.count("(skipped)") != count:
            raise Failed(f"certbot did not skip {count} certificates:\n{output[-1000:]}")
        rows.append(row)
    return rows


def lineage(config, name, key, certificate, version):
    """What certbot keeps of one certificate."""
    archive, live = os.path.join(config, "archive", name), os.path.join(config, "live", name)
    for folder in (archive, live, os.path.join(config, "renewal")):
        os.makedirs(folder, exist_ok=True)
    with open(os.path.join(config, "renewal", name + ".conf"), "w", encoding="utf-8") as file:
        file.write(f"version = {version.split()[-1]}\narchive_dir = {archive}\n")
        for kind in ("cert", "privkey", "chain", "fullchain"):
            shutil.copy(key if kind == "privkey" else certificate, os.path.join(archive, kind + "1.pem"))
            os.symlink(f"../../archive/{name}/{kind}1.pem", os.path.join(live, kind + ".pem"))
            file.write(f"{kind} = {live}/{kind}.pem\n")
        # Nobody listens there, so it learns at once that there is nothing to ask.
        file.write("[renewalparams]\nauthenticator = standalone\nkey_type = ecdsa\n"
                   "server = http://127.0.0.1:9/directory\n")


def switch(keyturn, directory):
    """Counts the fsyncs of one whole rotation and of the single switch back."""
    server = os.path.join(directory, "glewlwyd")
    script = os.path.join(HERE, "glewlwyd.sh")
    facts = dict(line.split("=", 1) for line in run([script, "up", server]).splitlines())
    try:
        installation = Installation(keyturn, os.path.join(directory, "switch"))
        path = installation.environment["KEYTURN_CONFIG"]
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"database: {installation.database}\n"
                       f"store: {{ key_file: {installation.directory}/store.key }}\n"
                       f"tenants:\n  local: {{ token_endpoint: {facts['token_endpoint']} }}\n"
                       "connections:\n  portal:\n    tenant: local\n"
                       f"    client_id: {facts['client_id']}\n    scope: {facts['scope']}\n    consumer: manual\n"
                       "validation: { successes: 1, interval: 1s, timeout: 30s }\n")
        os.chmod(path, 0o600)
        expires = (datetime.date.today() + datetime.timedelta(days=700)).isoformat()
        installation.call("init")
        with open(facts["secret_file"], "rb") as secret:
            installation.call("record", "portal", "--expires", expires, "--secret-stdin", stdin=secret)
        fresh = "n3w8Q~" + "abcdefghij" * 3 + "klmn"
        run([script, "set-secret", server], input=fresh.encode(), stdin=None)
        trace = os.path.join(directory, "trace")
        done = subprocess.run(
            ["strace", "-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", "-o", trace, keyturn, "rotate", "portal",
             "--guided", "--expires", expires, "--secret-stdin"],
            input=fresh.encode(), capture_output=True, timeout=120, check=False,
            env={**os.environ, **installation.environment})
        if done.returncode != 0:
            raise Failed("keyturn rotate: " + (done.stdout + done.stderr).decode(errors="replace")[-2000:])
        with open(trace, encoding="utf-8") as file:
            synced = re.findall(r"\b(?:fsync|fdatasync)\(\d+<([^>]*)>", file.read())
        names = collections.Counter("its directory" if path == installation.directory
                                    else os.path.basename(path) for path in synced)
        detail = ", ".join(f"{count} of {name}" for name, count in sorted(names.items()))
        print(f"\none guided rotation, from the first step to the switch: {len(synced)} fsyncs ({detail})")
    finally:
        run([script, "down", server])


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("keyturn")
    options = parser.parse_args()
    if options.runs < 10:
        parser.error("--runs: at least 10, or the numbers say little")
    keyturn = os.path.realpath(options.keyturn)
    if not os.access(keyturn, os.X_OK):
        parser.error(f"{options.keyturn} is no program: run make release first")
    for program, package in (("sqlite3", "sqlite3"), ("strace", "strace"), ("/usr/bin/time", "time")):
        if not shutil.which(program):
            parser.error(f"{program} is missing: apt-get install {package}")

    print(f"keyturn {run([keyturn, '--version']).strip()} · {os.cpu_count()} cores · {options.runs} runs each\n")
    with tempfile.TemporaryDirectory(prefix="keyturn-bench.") as directory:
        rows = ours(keyturn, directory, 50, 0, options.runs)
        if not options.no_peers:
            try:
                rows += certbot(directory, options.runs)
            except Failed as error:
                print(f"certbot is left out: {error}", file=sys.stderr)
        if options.many:
            rows += ours(keyturn, directory, options.many, 5, options.runs)
        print()
        table(rows)
        switch(keyturn, directory)


if __name__ == "__main__":
    try:
        main()
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"bench.py: {error}", file=sys.stderr)
        sys.exit(1)

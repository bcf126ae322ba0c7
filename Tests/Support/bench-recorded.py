#!/usr/bin/env python3
"""Measures what a look costs where a million client secrets are on record and a hundred of them are due.

usage: bench-recorded.py [options] KEYTURN SANDBOX

  --secrets N  on record, 2.5 for each application (default 1000000)
  --due N      applications whose last secret ends within 90 days (default 100)
  --tenants N  the second installation has them in so many tenants (default 500; 0 leaves it out)
  --runs N     how often each is measured; the best counts (default 10)

The tenants are read once from a sandbox, with a few applications; the rest is written into the database beside
them, in the way of a tenant that is old: a third has no living secret, a tenth one of more than 24 months, a tenth
more than two. "keyturn --version" is what the start of the program costs. Exit status 1 where something did not do
what the measurement needs.
"""
import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

DAY = 86_400


class Failed(Exception):
    """A command did not do what the measurement needs."""


def run(command, environment, allowed=(0,)):
    done = subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=600, check=False)
    if done.returncode not in allowed:
        raise Failed(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout[-500:]}{done.stderr[-2000:]}")
    return done.stdout


def installation(options, directory, tenants):
    """An installation whose tenants were read once; returns its configuration and its database."""
    folder = os.path.join(directory, f"tenants-{tenants}")
    sandbox = subprocess.Popen(
        [options.sandbox, "--port", "0", "--settle", "none", "--directory", folder, "--applications", "3"]
        + (["--tenants", str(tenants)] if tenants > 1 else []), stdout=subprocess.PIPE, text=True)
    try:
        facts = {}
        for line in sandbox.stdout:
            if line.rstrip() == "ready":
                break
            name, _, value = line.rstrip().partition(": ")
            facts.setdefault(name, value)
        else:
            raise Failed("the sandbox did not start")
        environment = {"KEYTURN_CONFIG": facts["configuration"]}
        run([options.keyturn, "init"], environment)
        run([options.keyturn, "check"], environment, allowed=(0, 1, 2, 3))
        return environment, os.path.join(folder, "keyturn.db")
    finally:
        sandbox.terminate()
        sandbox.wait(30)


def fill(path, secrets, due):
    """Writes applications until there are so many secrets, as many in each tenant."""
    dice, now = random.Random(7), int(time.time())
    database = sqlite3.connect(path)
    tenants = [row[0] for row in database.execute("SELECT id FROM observedTenant WHERE kind = 'application'")]
    count = secrets * 2 // 5
    dues = set(dice.sample(range(count), due))
    first = database.execute("SELECT coalesce(max(id), 0) + 1 FROM observedApplication").fetchone()[0]
    rows, keys = [], []
    for index in range(count):
        is_old = index not in dues and dice.random() < 0.33
        last = now + dice.randrange(1, 90) * DAY if index in dues else \
            now - dice.randrange(40, 2_000) * DAY if is_old else now + dice.randrange(91, 900) * DAY
        number = 3 if dice.random() < 0.5 else 2
        is_long = dice.random() < 0.1
        third = last - 10 * DAY if number == 3 and dice.random() < 0.3 else last - 1_500 * DAY if number == 3 else None
        rows.append((first + index, tenants[index % len(tenants)], dice.randbytes(16), dice.randbytes(16),
                     f"Application {index}", last, third, int(is_long), index))
        for _ in range(number):
            keys.append((first + index, dice.randbytes(16), "key", "aB3", last - 700 * DAY, last))
    database.executemany(
        "INSERT INTO observedApplication (id, tenant, objectID, clientID, displayName, lastEnd, thirdEnd, hasLongSecret,"
        " digest, generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", rows)
    database.executemany("INSERT INTO observedSecret VALUES (?, ?, ?, ?, ?, ?)", keys)
    of_tenant = "FROM observedApplication AS a WHERE a.tenant = t.id"
    counts = {
        "applications": f"(SELECT count(*) {of_tenant})",
        "secrets": "(SELECT count(*) FROM observedSecret AS s JOIN observedApplication AS a ON a.id = s.application"
                   " WHERE a.tenant = t.id)"}
    # A database of before has no counts of its own.
    if any(column[1] == "crowded" for column in database.execute("PRAGMA table_info(observedTenant)")):
        counts |= {"ended": f"(SELECT count(*) {of_tenant} AND lastEnd <= {now})",
                   "long": f"(SELECT count(*) {of_tenant} AND hasLongSecret AND lastEnd > {now})",
                   "crowded": f"(SELECT count(*) {of_tenant} AND thirdEnd > {now})"}
    settings = ", ".join(f"{name} = {count}" for name, count in counts.items())
    database.execute(f"UPDATE observedTenant AS t SET {settings} WHERE kind = 'application'")
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return count, len(keys)


def best(command, environment, runs):
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        run(command, environment)
        times.append(time.perf_counter() - started)
    # The first one has the file read into the system's cache.
    times = sorted(times[1:])
    return times[0] * 1_000, times[len(times) // 2] * 1_000


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--secrets", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=100)
    parser.add_argument("--tenants", type=int, default=500)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("keyturn")
    parser.add_argument("sandbox")
    options = parser.parse_args()
    options.keyturn, options.sandbox = os.path.realpath(options.keyturn), os.path.realpath(options.sandbox)
    with tempfile.TemporaryDirectory(prefix="keyturn-bench.") as directory:
        for tenants in (1, options.tenants):
            if not tenants:
                continue
            environment, path = installation(options, directory, tenants)
            applications, secrets = fill(path, options.secrets, options.due)
            print(f"{secrets:,} client secrets of {applications:,} applications in {tenants} "
                  f"tenant{'s' if tenants > 1 else ''}, {options.due} applications due:")
            for words in (["--version"], ["status"], ["status", "--json"], ["apps", "--expiring", "90d"],
                          ["apps", "--expiring", "90d", "--json"], ["report", "--format", "prometheus"]):
                least, median = best([options.keyturn, *words], environment, options.runs)
                print(f"  keyturn {' '.join(words):32}  {least:7.1f} ms  median {median:7.1f} ms", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"bench-recorded.py: {error}", file=sys.stderr)
        sys.exit(1)

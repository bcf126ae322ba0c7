#!/usr/bin/env python3
"""Measures how a whole tenant's applications are read, by keyturn and by its peers, side by side.

usage: bench-observe.py [options] KEYTURN SANDBOX

  --applications N         of the large tenant, with 2.5 secrets each (default 100000; 0 leaves it out)
  --peer-applications N    of the tenant that every peer reads, with one secret each (default 20000; 0 leaves it out)
  --tenants N              in the measurement of many tenants (default 500; 0 leaves it out)
  --tenant-applications N  of each of them (default 200)
  --latency MS             of each answer there (default 50)
  --concurrency N          requests at a time there, for the ideal (default 16, as many as keyturn sends)
  --share F                of the applications that change until the following night (default 0.001)
  --runs N                 how often each is measured; the best counts (default 3; peers that take minutes once)
  --python PYTHON          with msgraph-sdk and azure-identity (make python; without it, that row is missing)
  --az AZ                  Microsoft's command line (make python; without it, that row is missing)

Everything happens on this machine: the sandbox serves HTTPS on 127.0.0.1 with an authority of its own. Wall time,
user and system time and the largest process of each tree come from /usr/bin/time; the server's own processor time
is in a column beside, because the two share the machine. The ideal of many tenants takes no processor time at all; the
bound is what can be done on this machine: the ideal, or both processor times over all cores. A quick run:
--applications 5000 --peer-applications 1000 --tenants 20 --runs 1. Exit status 1 where something did not do what the
measurement needs.
"""
import argparse
import collections
import contextlib
import glob
import json
import os
import re
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
SELECT = "$select=id,appId,displayName,passwordCredentials&$top=999"
TICKS = os.sysconf("SC_CLK_TCK")
Cost = collections.namedtuple("Cost", "wall cpu memory server")


class Failed(Exception):
    """A command did not do what the measurement needs."""


class Sandbox:
    """A running keyturn-sandbox."""

    def __init__(self, program, folder, *options):
        self.folder = folder
        self.process = subprocess.Popen(
            [program, "--port", "0", "--settle", "none", "--directory", folder, *options],
            stdout=subprocess.PIPE, text=True)
        self.facts = {}
        for line in self.process.stdout:
            if line.rstrip() == "ready":
                break
            name, separator, value = line.rstrip().partition(": ")
            if separator:
                self.facts.setdefault(name, value)
        else:
            raise Failed("the sandbox did not start")
        self.base = self.facts["base url"]
        self.trust = ssl.create_default_context(cafile=self.facts["ca file"])
        self.count = int(self.facts["applications"])
        self.secrets = int(self.facts["secrets"])
        # What a client signs in with, in the order in which every script here takes it.
        self.client = [self.facts["tenant id"], self.facts["automation client id"],
                       self.facts["automation secret file"]]

    def call(self, path, body=None, headers=None):
        request = urllib.request.Request(
            path if path.startswith("https:") else self.base + path,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(), headers=headers or {})
        with urllib.request.urlopen(request, context=self.trust, timeout=60) as answer:
            return json.load(answer)

    def token(self, tenant, client, secret_file):
        with open(secret_file, encoding="utf-8") as file:
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": file.read().strip(),
                    "scope": self.base + "/.default"}
        return self.call(f"/{tenant}/oauth2/v2.0/token", urllib.parse.urlencode(form).encode())["access_token"]

    def memory(self):
        """Megabytes, now and at most."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", file.read(), re.MULTILINE))
        return int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024

    def used(self):
        """Seconds of processor time that the server has used."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def measure(sandbox, command, environment=None, allowed=(0,), timeout=3600):
    """Runs a command once."""
    with tempfile.NamedTemporaryFile("r") as file:
        used = sandbox.used()
        done = subprocess.run(
            ["/usr/bin/time", "--quiet", "--format", "%e %U %S %M", "--output", file.name, *command],
            env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=timeout, check=False)
        if done.returncode not in allowed:
            raise Failed(f"{' '.join(command[:4])}: exit status {done.returncode}\n"
                         + done.stderr.decode(errors="replace")[-2000:])
        wall, user, system, memory = map(float, file.read().split())
        return Cost(wall, user + system, memory / 1024, sandbox.used() - used)


def best(runs, run):
    """The cheapest of several runs: whatever else the machine does only ever adds."""
    costs = [run() for _ in range(runs)]
    return Cost(*(min(column) for column in zip(*costs)))


def table(heads, rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [heads, *rows]) for column in range(len(heads))]
    for line in [heads, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    print(flush=True)


def print_costs(costs):
    """One row for each, with ratios to the floor, which comes first."""
    floor = costs[0][1]
    table(["", "wall s", "× floor", "CPU s", "× floor", "peak MB", "server CPU s"], [
        [name, f"{cost.wall:.2f}", f"{cost.wall / floor.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.cpu / floor.cpu:.2f}",
         f"{cost.memory:.0f}", f"{cost.server:.2f}"] for name, cost in costs])


def floor(sandbox):
    """curl, jq and sqlite3; what they have put into the database is counted."""
    path = os.path.join(sandbox.folder, "floor.db")
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
    cost = measure(sandbox, [os.path.join(HERE, "observe-floor.sh"), sandbox.base, sandbox.facts["ca file"],
                             *sandbox.client, path])
    expect_rows(sandbox, path)
    return cost


def msgraph(sandbox, python):
    path = os.path.join(sandbox.folder, "msgraph.db")
    cost = measure(sandbox, [python, os.path.join(HERE, "observe-msgraph.py"), sandbox.base, *sandbox.client, path],
                   {"SSL_CERT_FILE": sandbox.facts["ca file"]})
    expect_rows(sandbox, path)
    return cost


def expect_rows(sandbox, path):
    database = sqlite3.connect(path)
    # The floor writes an application without a secret as a row without a key id.
    found = database.execute("SELECT count(*) FROM secret WHERE key_id <> ''").fetchone()[0]
    database.close()
    if found != sandbox.secrets:
        raise Failed(f"{path}: {found} secrets in place of {sandbox.secrets}")


def azure(sandbox, program):
    """az ad app list; the signing in before it is not counted."""
    home = os.path.join(sandbox.folder, "az")
    os.makedirs(home)
    base = sandbox.base
    cloud = {"endpoints": {
        "resourceManager": base + "/", "management": base + "/", "activeDirectory": base,
        "activeDirectoryResourceId": base + "/arm", "activeDirectoryGraphResourceId": base + "/",
        "microsoftGraphResourceId": base + "/", "gallery": base + "/", "sqlManagement": base + "/"},
        "suffixes": {"keyvaultDns": ".vault.localhost"}}
    environment = {"HOME": home, "AZURE_CONFIG_DIR": home, "REQUESTS_CA_BUNDLE": sandbox.facts["ca file"],
                   "AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_INSTANCE_DISCOVERY": "false"}
    tenant, client, secret_file = sandbox.client
    with open(secret_file, encoding="utf-8") as file:
        secret = file.read().strip()
    cloud = ["cloud", "register", "-n", "local", "--skip-endpoint-discovery", "--cloud-config", json.dumps(cloud)]
    login = ["login", "--service-principal", "-u", client, "-p", secret, "--tenant", tenant, "--allow-no-subscriptions"]
    for arguments in (cloud, ["cloud", "set", "-n", "local"], login):
        measure(sandbox, [program, *arguments], environment)
    query = "[].{id: id, appId: appId, name: displayName, secrets: passwordCredentials}"
    return measure(sandbox, [program, "ad", "app", "list", "--all", "--query", query, "-o", "json"], environment)


class Keyturn:
    """keyturn with the configuration that the sandbox has written."""

    def __init__(self, program, sandbox):
        self.program, self.sandbox = program, sandbox
        self.environment = {"KEYTURN_CONFIG": sandbox.facts["configuration"]}

    def accepts(self):
        """Whether this keyturn reads whole tenants."""
        self.forget()
        done = subprocess.run([self.program, "init"], env={**os.environ, **self.environment}, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
        if done.returncode == 0:
            return True
        if "observe" in done.stderr:
            print("keyturn is left out: it does not take 'observe: all'", file=sys.stderr)
            return False
        raise Failed(f"keyturn init: exit status {done.returncode}\n{done.stderr}")

    def forget(self):
        for path in glob.glob(os.path.join(self.sandbox.folder, "keyturn.db*")):
            os.remove(path)

    def check(self):
        return measure(self.sandbox, [self.program, "check"], self.environment, allowed=(0, 1, 2, 3))

    def first(self):
        if not self.accepts():
            raise Failed("keyturn init worked once and not twice")
        return self.check()

    def night(self, share, number):
        """The night after a day on which a share of the applications has changed."""
        self.sandbox.call("/_sandbox/changes", {"share": share, "seed": number})
        return self.check()


def throughput(sandbox):
    """How fast the server is when nobody looks at what it sends."""
    token = sandbox.token(*sandbox.client)
    header = {"Authorization": f"Bearer {token}"}
    links, link = [], f"/v1.0/applications?{SELECT}"
    while link:
        links.append(link if link.startswith("https:") else sandbox.base + link)
        link = sandbox.call(link, headers=header).get("@odata.nextLink")
    for name, options in (("as it is", ""), ("as gzip", 'header = "Accept-Encoding: gzip"\n')):
        config = f'header = "Authorization: Bearer {token}"\ncacert = "{sandbox.facts["ca file"]}"\nsilent\n{options}'
        config += "".join(f'url = "{link}"\noutput = "/dev/null"\n' for link in links)
        taken = []
        for _ in range(2):
            used, started = sandbox.used(), time.perf_counter()
            done = subprocess.run(["curl", "--config", "-", "--write-out", "%{size_download}\n"],
                                  input=config, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                raise Failed(f"curl: exit status {done.returncode}\n{done.stderr}")
            bytes_read = sum(int(line) for line in done.stdout.split())
            taken.append((time.perf_counter() - started, sandbox.used() - used))
        wall, used = min(taken)
        print(f"The server alone, {name}: {len(links)} pages, {bytes_read / 1e6:.0f} MB in {wall:.2f} s "
              f"({sandbox.count / wall:.0f} applications a second), {used:.2f} s of its CPU.")
    now, most = sandbox.memory()
    print(f"Its memory: {now:.0f} MB, {most:.0f} MB at most.\n", flush=True)


def peers(options, program, directory):
    sandbox = Sandbox(program, os.path.join(directory, "peers"), "--applications", str(options.peer_applications),
                      "--secrets-per-application", "1")
    try:
        costs = [("curl + jq + sqlite3", best(options.runs, lambda: floor(sandbox)))]
        keyturn = Keyturn(options.keyturn, sandbox)
        if keyturn.accepts():
            costs.append(("keyturn check, first", best(options.runs, keyturn.first)))
        for name, program, run in (("msgraph-sdk", options.python, msgraph), ("az ad app list", options.az, azure)):
            try:
                costs += [(name, run(sandbox, program))] if program else []
            except (Failed, subprocess.TimeoutExpired) as error:  # the others' rows stand
                print(f"{name} is left out: {error}", file=sys.stderr)
        print(f"{sandbox.count} applications with {sandbox.secrets} secrets:")
        print_costs(costs)
    finally:
        sandbox.stop()


def large(options, program, directory):
    sandbox = Sandbox(program, os.path.join(directory, "large"), "--applications", str(options.applications))
    try:
        throughput(sandbox)
        costs = [("curl + jq + sqlite3", best(options.runs, lambda: floor(sandbox)))]
        keyturn = Keyturn(options.keyturn, sandbox)
        if keyturn.accepts():
            costs.append(("keyturn check, first", best(options.runs, keyturn.first)))
            numbers = iter(range(1, options.runs + 1))
            costs.append((f"keyturn check, {options.share:.1%} changed",
                          best(options.runs, lambda: keyturn.night(options.share, next(numbers)))))
            costs.append(("keyturn check, nothing changed", best(options.runs, keyturn.check)))
        print(f"{sandbox.count} applications with {sandbox.secrets} secrets:")
        print_costs(costs)
    finally:
        sandbox.stop()


def members(sandbox):
    """What a client signs in to each tenant with."""
    with open(sandbox.facts["configuration"], encoding="utf-8") as file:
        text = file.read()
    pattern = r"^    id: (\S+)\n.*\n    graph: \{.*client_id: ([^,]+), client_secret_file: \"([^\"]+)\""
    return re.findall(pattern, text, re.MULTILINE)


def parallel(sandbox, tenants, concurrency):
    """Two requests for each tenant by one curl each time, as fast as it goes with so many at a time."""
    def fetch(requests, folder):
        config = f'cacert = "{sandbox.facts["ca file"]}"\nsilent\nfail\n'
        blocks = [f'{config}{lines}output = "{folder}/{number}"\n' for number, lines in enumerate(requests)]
        started = time.perf_counter()
        done = subprocess.run(
            ["curl", "--parallel", "--parallel-immediate", "--parallel-max", str(concurrency), "--config", "-"],
            input="next\n".join(blocks), capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            raise Failed(f"curl --parallel: exit status {done.returncode}\n{done.stderr}")
        return time.perf_counter() - started

    with tempfile.TemporaryDirectory(prefix="keyturn-bench.") as folder:
        forms = []
        for tenant, client, secret_file in tenants:
            with open(secret_file, encoding="utf-8") as file:
                secret = file.read().strip()
            forms.append(f'url = "{sandbox.base}/{tenant}/oauth2/v2.0/token"\ndata = "grant_type=client_credentials"\n'
                         f'data = "client_id={client}"\ndata-urlencode = "client_secret={secret}"\n'
                         f'data-urlencode = "scope={sandbox.base}/.default"\n')
        wall = fetch(forms, folder)
        lists = []
        for number in range(len(tenants)):
            with open(f"{folder}/{number}", encoding="utf-8") as file:
                token = json.load(file)["access_token"]
            lists.append(f'url = "{sandbox.base}/v1.0/applications?{SELECT}"\n'
                         f'header = "Authorization: Bearer {token}"\n')
        return wall + fetch(lists, folder)


def many(options, program, directory):
    sandbox = Sandbox(program, os.path.join(directory, "many"), "--tenants", str(options.tenants), "--applications",
                      str(options.tenant_applications), "--latency", str(options.latency))
    try:
        tenants = members(sandbox)
        if len(tenants) != options.tenants:
            raise Failed(f"{len(tenants)} tenants in the configuration in place of {options.tenants}")
        rows = []

        def add(name, costs, requests):
            least, median = min(costs), sorted(costs)[len(costs) // 2]
            ideal = options.latency / 1000 * requests / options.concurrency
            cells = [least.wall, least.wall / ideal, median.wall, least.server]
            # What is curl's own in these is not measured.
            if least.cpu:
                bound = max(ideal, (least.cpu + least.server) / os.cpu_count())
                cells += [least.cpu, least.wall / bound, least.memory]
            rows.append([name, requests, f"{ideal:.2f}", *(f"{cell:.2f}" for cell in cells)])

        def curl():
            used = sandbox.used()
            return Cost(parallel(sandbox, tenants, options.concurrency), 0, 0, sandbox.used() - used)

        def requests():
            return sum(len(sandbox.call(f"/_sandbox/requests?tenant={tenant}")) for tenant, _, _ in tenants)

        add("curl --parallel", [curl() for _ in range(options.runs)], 2 * len(tenants))
        keyturn = Keyturn(options.keyturn, sandbox)
        if keyturn.accepts():
            nights = (("keyturn check, first", keyturn.first), ("keyturn check, nothing changed", keyturn.check))
            for name, run in nights:
                before = requests()
                costs = [run()]
                sent = requests() - before
                add(name, costs + [run() for _ in range(options.runs - 1)], sent)
        print(f"{len(tenants)} tenants with {options.tenant_applications} applications each; an answer takes "
              f"{options.latency} ms; {options.concurrency} requests at a time:")
        heads = ["", "requests", "ideal s", "wall s", "× ideal", "median s", "server CPU s", "CPU s", "× bound",
                 "peak MB"]
        table(heads, [row + [""] * (len(heads) - len(row)) for row in rows])
    finally:
        sandbox.stop()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--applications", type=int, default=100_000)
    parser.add_argument("--peer-applications", type=int, default=20_000)
    parser.add_argument("--tenants", type=int, default=500)
    parser.add_argument("--tenant-applications", type=int, default=200)
    parser.add_argument("--latency", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--share", type=float, default=0.001)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python")
    parser.add_argument("--az")
    parser.add_argument("keyturn")
    parser.add_argument("sandbox")
    options = parser.parse_args()
    options.keyturn, program = os.path.realpath(options.keyturn), os.path.realpath(options.sandbox)
    for name in ("python", "az"):
        given = getattr(options, name)
        found = shutil.which(given) if given else None
        setattr(options, name, found)
        if not found and options.peer_applications:
            print(f"{name} is left out: make python installs it", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="keyturn-bench.") as directory:
        if options.peer_applications:
            peers(options, program, directory)
        if options.applications:
            large(options, program, directory)
        if options.tenants > 1:
            many(options, program, directory)


if __name__ == "__main__":
    try:
        main()
    except (Failed, subprocess.TimeoutExpired, urllib.error.URLError) as error:
        print(f"bench-observe.py: {error}", file=sys.stderr)
        sys.exit(1)

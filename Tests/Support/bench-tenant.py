#!/usr/bin/env python3
"""Measures rotations without a person against keyturn-sandbox, and compares what a conflict leaves behind.

usage: bench-tenant.py [--az AZ] [--many N] [--runs N] KEYTURN SANDBOX

  --az AZ    Microsoft's command line, for the comparison (make python installs it; without it, that row is missing)
  --many N   how many rotations are due in the large night (default 200; 0 leaves it out)
  --runs N   how often one rotation is timed (default 10)

Prints three tables: what one 409 to the addition leaves behind, what one rotation costs, and how long a night
takes in which many are due. Exit status 1 where something did not do what the measurement needs.
"""
import argparse
import contextlib
import json
import os
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from bench import progress

NAME = "portal"
# What waits is not what is measured here, apart from the large night.
QUICK = "{ successes: 1, interval: 1s, timeout: 120s }"
USUAL = "{ successes: 3, interval: 5s, timeout: 10m }"


class Failed(Exception):
    """A command did not do what the measurement needs."""


class Sandbox:
    """A running keyturn-sandbox."""

    def __init__(self, program, folder, settle="none"):
        self.folder = folder
        self.process = subprocess.Popen(
            [program, "--port", "0", "--settle", settle, "--graph", "--directory", folder],
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

    def call(self, path, body=None, method=None):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        with urllib.request.urlopen(request, context=self.trust, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def application(self):
        """A new application with one secret that has 23 days left."""
        return self.call("/_sandbox/applications", {"days_left": 23})

    def existing(self, client):
        secrets = self.call(f"/_sandbox/applications/{client}")["secrets"]
        return [secret for secret in secrets if not secret.get("removed_at")]

    def accepts(self, client, value):
        """Whether somebody with this value can sign in, as the portal does."""
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": value,
                "scope": self.base + "/.default"}
        try:
            self.call(f"/{self.facts['tenant id']}/oauth2/v2.0/token", urllib.parse.urlencode(form).encode())
            return True
        except urllib.error.HTTPError:
            return False

    def requests(self):
        return self.call("/_sandbox/requests")

    def faults(self, **faults):
        self.call("/_sandbox/faults", faults, method="PUT")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def processor_time(command, environment=None, output=subprocess.DEVNULL):
    """Seconds of processor time, and of waiting, of a command with one of the exit statuses of a check."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL,
                               env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 2, 3):
        raise Failed(f"{' '.join(command)}: exit status {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started


class Installation:
    """keyturn with connections that renew their own secrets."""

    def __init__(self, keyturn, sandbox, name, applications, validation):
        self.keyturn = keyturn
        folder = os.path.join(sandbox.folder, name)
        os.makedirs(folder, mode=0o700)
        path = os.path.join(folder, "keyturn.yaml")
        self.environment = {**os.environ, "KEYTURN_CONFIG": path}
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"database: {folder}/keyturn.db\nstore: {{ key_file: {folder}/store.key }}\n"
                       f"tls: {{ ca_file: {sandbox.facts['ca file']} }}\nvalidation: {validation}\n"
                       f"tenants:\n  contoso:\n    id: {sandbox.facts['tenant id']}\n"
                       f"    cloud: {{ login: \"{sandbox.base}\", graph: \"{sandbox.base}\" }}\n"
                       "    graph: { sign_in: connection }\n"
                       "policy: { rotate: automatic, grace: 7d }\nconnections:\n")
            for number, application in enumerate(applications):
                file.write(f"  {NAME}-{number}:\n    tenant: contoso\n    client_id: {application['app_id']}\n"
                           f"    environment: \"{sandbox.base}\"\n    consumer: none\n")
        os.chmod(path, 0o600)
        self.run("init")
        for number, application in enumerate(applications):
            secret = application["secret"]
            self.run("record", f"{NAME}-{number}", "--expires", secret["expires_at"], "--key-id",
                     secret["key_id"], "--secret-stdin", stdin=secret["value"])
            if len(applications) > 10:
                progress(f"recording {number + 1} of {len(applications)} …")
        if len(applications) > 10:
            progress()

    @contextlib.contextmanager
    def rotating(self, word):
        """With another policy for a while: automatic or guided."""
        path = self.environment["KEYTURN_CONFIG"]
        with open(path, encoding="utf-8") as file:
            before = file.read()

        def write(text):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

        write(before.replace("rotate: automatic", f"rotate: {word}"))
        yield
        write(before)

    def run(self, *arguments, stdin="", allowed=(0,)):
        done = subprocess.run([self.keyturn, *arguments], input=stdin, capture_output=True, text=True, timeout=900,
                              env=self.environment, check=False)
        if done.returncode not in allowed:
            raise Failed(f"keyturn {' '.join(arguments)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def cost(self, *arguments, output=subprocess.DEVNULL):
        """Seconds of processor time, and of waiting, of one command."""
        return processor_time([self.keyturn, *arguments], self.environment, output)


def table(heads, rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [heads, *rows]) for column in range(len(heads))]
    for line in [heads, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    print()


# What one conflict leaves behind

def reset_by_az(az, sandbox, client):
    """Signs in and replaces the secrets as Microsoft's documentation shows."""
    home = os.path.join(sandbox.folder, "az")
    os.makedirs(home)
    base = sandbox.base
    cloud = {"endpoints": {
        "resourceManager": base + "/", "management": base + "/", "activeDirectory": base,
        "activeDirectoryResourceId": base + "/arm", "activeDirectoryGraphResourceId": base + "/",
        "microsoftGraphResourceId": base + "/", "gallery": base + "/", "sqlManagement": base + "/"},
        "suffixes": {"keyvaultDns": ".vault.localhost"}}
    environment = {
        **os.environ, "HOME": home, "AZURE_CONFIG_DIR": home, "REQUESTS_CA_BUNDLE": sandbox.facts["ca file"],
        "AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_INSTANCE_DISCOVERY": "false"}
    with open(sandbox.facts["automation secret file"], encoding="utf-8") as file:
        password = file.read().strip()

    def run(*arguments):
        return subprocess.run([az, *arguments], env=environment, capture_output=True, text=True, timeout=300,
                              stdin=subprocess.DEVNULL, check=False)

    for arguments in (
            ["cloud", "register", "-n", "local", "--skip-endpoint-discovery", "--cloud-config", json.dumps(cloud)],
            ["cloud", "set", "-n", "local"],
            ["login", "--service-principal", "-u", sandbox.facts["automation client id"], "-p", password,
             "--tenant", sandbox.facts["tenant id"], "--allow-no-subscriptions"]):
        done = run(*arguments)
        if done.returncode:
            raise Failed(f"az {arguments[0]}: {done.stderr[-1000:]}")
    sandbox.faults(addition_violations=1)
    return run("ad", "app", "credential", "reset", "--id", client)


def conflict(keyturn, az, sandbox):
    rows = []
    if az:
        application = sandbox.application()
        client = application["app_id"]
        before = len(sandbox.existing(client))
        done = reset_by_az(az, sandbox, client)
        works = sandbox.accepts(client, application["secret"]["value"])
        rows.append(["az ad app credential reset", before, len(sandbox.existing(client)),
                     "works" if works else "cannot sign in", f"exit status {done.returncode}"])
    application = sandbox.application()
    client = application["app_id"]
    installation = Installation(keyturn, sandbox, "conflict", [application], QUICK)
    before = len(sandbox.existing(client))
    sandbox.faults(addition_violations=1)
    done = installation.run("rotate", f"{NAME}-0", "--automatic", "--yes", allowed=(0, 69, 75))
    # The portal may still have the old value, or the one that the store gives out.
    value = installation.run("show", f"{NAME}-0", "--field", "consumer-secret").stdout.strip()
    works = sandbox.accepts(client, application["secret"]["value"]) and sandbox.accepts(client, value)
    rows.append(["keyturn rotate", before, len(sandbox.existing(client)), "works" if works else "cannot sign in",
                 f"exit status {done.returncode}"])
    sandbox.faults()
    print("One 409 Directory_ConcurrencyViolation to the addition of the new secret:")
    table(["", "secrets before", "after", "the portal", ""], rows)


# What one rotation costs

def cost(keyturn, sandbox, runs):
    applications = [sandbox.application() for _ in range(runs + 1)]
    installation = Installation(keyturn, sandbox, "cost", applications, QUICK)
    rotate = ["rotate", f"{NAME}-0", "--automatic", "--yes"]
    before = len(sandbox.requests())
    newest = sandbox.requests()[0] if before else None
    installation.run(*rotate)
    calls = []
    for request in sandbox.requests():
        if request == newest:
            break
        calls.append(request)
    kinds = {"to Graph": sum("/v1.0/" in call["path"] for call in calls),
             "for tokens": sum(call["path"].endswith("/token") for call in calls),
             "to Dataverse": sum("/api/data/" in call["path"] for call in calls)}
    status = [installation.cost("status")[0] for _ in range(runs)]
    validate = [installation.cost("validate", f"{NAME}-0")[0] for _ in range(runs)]
    whole = [installation.cost("rotate", f"{NAME}-{number}", "--automatic", "--yes") for number in range(1, runs + 1)]
    rotation = [used for used, _ in whole]
    # What the calls alone cost: each on a connection of its own, as they are made for a proof.
    curl = ["curl", "--silent", "--cacert", sandbox.facts["ca file"], "--header", "Connection: close"]
    address = f"{sandbox.base}/{sandbox.facts['tenant id']}/v2.0/.well-known/openid-configuration"
    bare = [processor_time([*curl, *[address] * len(calls)])[0] for _ in range(runs)]

    def milliseconds(values):
        return [f"{min(values) * 1000:.1f}", f"{statistics.median(values) * 1000:.1f}"]

    print(f"One rotation makes {', '.join(f'{count} {kind}' for kind, count in kinds.items())} calls; "
          "with one success for a proof.")
    print(f"Processor time, user and system, over {runs} runs each:")
    extra = statistics.median(rotation) - statistics.median(status)
    table(["", "min ms", "median ms"], [
        ["keyturn status", *milliseconds(status)], ["keyturn validate, two calls", *milliseconds(validate)],
        ["keyturn rotate", *milliseconds(rotation)], ["rotate beyond status", "", f"{extra * 1000:.1f}"],
        [f"curl, {len(calls)} calls to the same server", *milliseconds(bare)]])


# A night with many rotations

def night(installation, count):
    with tempfile.TemporaryFile() as output:
        used, took = installation.cost("check", "--json", output=output)
        output.seek(0)
        report = json.load(output)
    switched = sum(action["what"] == "switch" and action["result"] == "done" for action in report["actions"])
    settled = [int(match.group(1)) for action in report["actions"]
               if (match := re.fullmatch(r"settled after (\d+) s", action["message"]))]
    if switched != count:
        wrong = [action for action in report["actions"] if action["result"] != "done"][:3]
        print(f"only {switched} of {count} were replaced: {wrong}", file=sys.stderr)
    return took, max(settled, default=0), switched, used / count


def many(keyturn, program, directory, count):
    rows = []
    for latency in (0, 0.2):
        with contextlib.ExitStack() as stack:
            folder = os.path.join(directory, f"many-{latency}")
            sandbox = Sandbox(program, folder, settle="mild")
            stack.callback(sandbox.stop)
            singles = [Installation(keyturn, sandbox, f"single-{number}", [sandbox.application()], USUAL)
                       for number in range(4)]
            large = Installation(keyturn, sandbox, "large", [sandbox.application() for _ in range(count)], USUAL)
            if latency:
                sandbox.faults(token_answer={"kind": "slow", "seconds": latency})
            alone = [night(single, 1) for single in singles]
            slowest = max(alone)
            # What a night costs that only looks.
            with large.rotating("guided"):
                looking = large.cost("check")[0] / count
            took, settled, switched, used = night(large, count)
            what = f"token calls take {latency} s" if latency else "no latency"
            rows.append([f"1 rotation, the slowest of 4; {what}", f"{slowest[0]:.1f}", slowest[1], 1, f"{slowest[3] * 1000:.1f}", ""])
            rows.append([f"{count} rotations in one night; {what}", f"{took:.1f}", settled, switched, f"{used * 1000:.1f}",
                         f"{(used - looking) * 1000:.1f}"])
    print("A night's duration; replicas take 4 to 20 s to know a secret, and a proof is 3 successes 5 s apart:")
    table(["", "seconds", "longest settling", "replaced", "CPU ms each", "beyond looking"], rows)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--az")
    parser.add_argument("--many", type=int, default=200)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("keyturn")
    parser.add_argument("sandbox")
    options = parser.parse_args()
    keyturn, program = os.path.realpath(options.keyturn), os.path.realpath(options.sandbox)
    az = shutil.which(options.az) if options.az else None
    if not az:
        print("az is left out: make python installs it", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="keyturn-bench.") as directory:
        sandbox = Sandbox(program, os.path.join(directory, "sandbox"))
        try:
            conflict(keyturn, az, sandbox)
            cost(keyturn, sandbox, options.runs)
        finally:
            sandbox.stop()
        if options.many:
            many(keyturn, program, directory, options.many)


if __name__ == "__main__":
    try:
        main()
    except (Failed, subprocess.TimeoutExpired, urllib.error.URLError) as error:
        print(f"bench-tenant.py: {error}", file=sys.stderr)
        sys.exit(1)

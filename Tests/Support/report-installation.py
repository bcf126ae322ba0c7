#!/usr/bin/env python3
"""Makes an installation whose connections are in every state that a report can show.

usage: report-installation.py KEYTURN SANDBOX FOLDER

FOLDER is made; its keyturn.yaml is the configuration. Everything is done by keyturn itself, against a tenant
of the sandbox, which is ended in the end. Dates are counted from today. Takes about ten seconds.
"""
import datetime
import json
import os
import ssl
import subprocess
import sys
import urllib.request

# The connection, its tenant, the days until its secret ends, and what happens to it then.
CONNECTIONS = [
    ("archive-sync", "fabrikam", -2, ""),
    ("crm-outlook-addin", "contoso", 5, ""),
    ("magentrix-d365", "contoso", 23, "switched"),
    ("partner-portal", "northwind", 52, ""),
    ("invoice-export", "fabrikam", 84, ""),
    ("erp-bridge", "contoso", 41, "handed over"),
    ("field-service", "northwind", 171, ""),
    ("webshop-orders", "fabrikam", 310, "automatic"),
    ("hr-onboarding", "contoso", 402, ""),
    ("data-warehouse", "northwind", 545, ""),
    ("event-registration", "northwind", 668, ""),
    ("survey-import", "fabrikam", None, ""),
]


class Tenant:
    """The sandbox, and what an administrator does in its portal."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, "--port", "0", "--seed", "7", "--settle", "none", "--graph", "--directory", folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.facts = {}
        for line in self.process.stdout:
            if line.strip() == "ready":
                break
            name, _, value = line.strip().partition(": ")
            self.facts[name] = value
        context = ssl.create_default_context(cafile=self.facts["ca file"])
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def secret(self, days):
        """Makes a client secret that ends in so many days."""
        request = urllib.request.Request(
            f"{self.facts['base url']}/_sandbox/applications/{self.facts['client id']}/secrets",
            data=json.dumps({"display_name": "Magentrix D365 Secret", "days": days}).encode(),
            headers={"Content-Type": "application/json"}, method="POST")
        with self.opener.open(request, timeout=20) as answer:
            return json.load(answer)

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=20)


def configuration(tenant, folder):
    base, directory = tenant.facts["base url"], tenant.facts["tenant id"]
    cloud = f'cloud: {{ login: "{base}", graph: "{base}" }}'
    lines = [f"database: {folder}/keyturn.db", f"store: {{ key_file: {folder}/store.key }}",
             f"tls: {{ ca_file: {tenant.facts['ca file']} }}",
             "validation: { successes: 1, interval: 1s, timeout: 30s }", "tenants:"]
    for name in ("contoso", "fabrikam", "northwind"):
        lines.append(f"  {name}: {{ id: {directory}, {cloud} }}")
    lines += [f"  fabrikam-graph: {{ id: {directory}, {cloud}, graph: {{ sign_in: connection }} }}", "connections:"]
    for name, server, _, state in CONNECTIONS:
        lines += [f"  {name}:", f"    tenant: {server}{'-graph' if state == 'automatic' else ''}",
                  f"    client_id: {tenant.facts['client id']}", f'    environment: "{base}"',
                  "    secret_name: Magentrix D365 Secret", f"    owner: {server}-admins@example.com",
                  "    consumer: " + ("none" if state == "automatic" else "magentrix")]
        if state == "automatic":
            lines.append("    policy: { rotate: automatic, rotate_before: 30d }")
    path = os.path.join(folder, "keyturn.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(path, 0o600)
    return path


def main():
    keyturn, sandbox, folder = (os.path.realpath(argument) for argument in sys.argv[1:])
    os.makedirs(folder, mode=0o700)
    tenant = Tenant(sandbox, os.path.join(folder, "tenant"))
    try:
        path = configuration(tenant, folder)

        def call(*arguments, value=None, allowed=(0,)):
            done = subprocess.run([keyturn, *arguments, "--config", path], input=value or "", text=True,
                                  capture_output=True, timeout=120, check=False)
            if done.returncode not in allowed:
                sys.exit(f"keyturn {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")

        call("init")
        now = datetime.datetime.now(datetime.timezone.utc)
        for name, _, days, state in CONNECTIONS:
            if days is None:
                continue
            if not state:
                # By the day on which it was made; its end is counted from there.
                made = now + datetime.timedelta(days=days - 730)
                call("record", name, "--created", made.strftime("%Y-%m-%d"))
                continue
            old = tenant.secret(days)
            call("record", name, "--expires", old["expires_at"], "--key-id", old["key_id"], "--secret-stdin",
                 value=old["value"])
            if state in ("switched", "handed over"):
                new = tenant.secret(730)
                call("rotate", name, "--guided", "--key-id", new["key_id"], "--expires", new["expires_at"],
                     "--secret-stdin", value=new["value"])
            if state == "handed over":
                call("confirm", name)
        call("check", allowed=(0, 1, 2, 3))
        print(path)
    finally:
        tenant.end()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main()

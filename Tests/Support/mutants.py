#!/usr/bin/env python3
"""Breaks the engine on purpose, one way at a time, and looks whether the simulation notices.

usage: mutants.py [--seeds N] [--nights N] [--here] [NAME...]

Each mutant is a few replacements in the sources, each of which must be found exactly once. They are made
in a copy of the repository (.build-mutants; its first build takes as long as any first build), or with
--here in this checkout, which is put right afterwards. Then the simulation is built and runs seeds until
one breaks an invariant. Exit status: 0 all were caught, 1 one was not.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time

ROTATION = "Sources/Keyturn/Rotation/"
MUTANTS = {
    "no marker": [
        (ROTATION + "Marker.swift", '"\\(name) · \\(marker)"', "name"),
    ],
    "switch before validating": [
        (ROTATION + "AutomaticStep.swift", "isHopeless(rotation) ? .giveUp : .validate", ".switchOver"),
        (ROTATION + "Transitions.swift", "from: [.validated], to: .switched", "from: [.created, .validated], to: .switched"),
        (ROTATION + "Transitions.swift", "pending.value != nil, pending.validatedAt != nil", "pending.value != nil"),
    ],
    "retire before confirming": [
        (ROTATION + "AutomaticStep.swift", "case .switched: return isCurrentLost ? .setAside : nil", "case .switched: return .retire"),
        (ROTATION + "Transitions.swift", "from: [.handedOver], to: .retiring, at: now", "from: [.switched, .handedOver], to: .retiring, at: now"),
    ],
    "remove without declaring": [
        (ROTATION + "RotationEngine+Steps.swift",
         "    let declared = try await declareRetirement(connection, record)\n    return try await removePrevious(",
         "    try? await remove(record.previous?.keyID ?? \"\", caller(connection, record))\n"
         "    let declared = try await declareRetirement(connection, record)\n    return try await removePrevious("),
    ],
    "resume without taking over": [
        (ROTATION + "RotationEngine+Creation.swift", "      : try await takeOver(connection, record, as: .automatic)\n    do {", "      : record\n    do {"),
    ],
    "repeat a lost addPassword": [
        (ROTATION + "RotationEngine+Creation.swift", "      case .later:\n", "      case .later, .maybeDone:\n"),
    ],
    "remove every other secret": [
        (ROTATION + "Marker.swift", "password.marker.map(markers.contains) == true && !holds(password)", "!markers.isEmpty && !holds(password)"),
    ],
    "remove whatever is marked": [
        (ROTATION + "Marker.swift", "password.marker.map(markers.contains) == true", "password.marker != nil && !markers.isEmpty"),
    ],
    "trust one read": [
        (ROTATION + "StableRead.swift", "static let agreement = 5", "static let agreement = 1"),
    ],
    "forget attempts early": [
        (ROTATION + "RotationEngine+Leftovers.swift", "attempt.begunAt.adding(Attempt.longestRequest) <= now && !found", "!found"),
    ],
    "forget the kept attempt at the switch": [
        (ROTATION + "Transitions.swift", "if !keepingAttempts { next.attempts = attempts.filter { $0.marker != pending.marker } }",
         "next.attempts = attempts.filter { $0.marker != pending.marker }"),
    ],
    "leave what a lost race made": [
        (ROTATION + "RotationEngine+Creation.swift",
         "        await undo(secret, connection, record)\n        throw error\n      }", "        throw error\n      }"),
    ],
    "trust a Secret ID from the wrong row": [
        ("Sources/Keyturn/Model/ClientSecret.swift", "keyID != nil && source == .graph", "keyID != nil"),
    ],
    "forget who was passed over": [
        (ROTATION + "Transitions.swift", "next.unserved += doubtful.map(\\.target).filter { !unserved.contains($0) }", "_ = doubtful"),
    ],
    "no grace": [
        (ROTATION + "Transitions.swift", "retireAfter = isUrgent ? now : now.adding(grace)", "retireAfter = isUrgent ? now : min(now, now.adding(grace))"),
    ],
    "a failed step is not told": [
        ("Sources/Keyturn/Nightly/ConnectionNight.swift", "if fresh.rotation?.lastError == nil {", "if false {"),
        ("Sources/Keyturn/Nightly/Judgement.swift", "guard isOld || rotation.lastError != nil else { return }", "guard isOld else { return }"),
    ],
}


def replaced(text, old, new, where):
    if text.count(old) != 1:
        sys.exit(f"mutants.py: {where}: found {text.count(old)} times, not once: {old!r}")
    return text.replace(old, new)


def copy(root):
    target = os.path.join(root, ".build-mutants", "keyturn")
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True).stdout
    for name in files.splitlines():
        source, place = os.path.join(root, name), os.path.join(target, name)
        if not os.path.isfile(source):
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        # What has not changed keeps its time, so that it is not built again.
        if not os.path.exists(place) or open(place, "rb").read() != open(source, "rb").read():
            shutil.copyfile(source, place)
    return target


def caught(folder, options):
    build = subprocess.run(
        ["swift", "build", "--product", "keyturn-simulation", *options.build], cwd=folder, capture_output=True, text=True)
    if build.returncode:
        return "does not build: " + "; ".join(re.findall(r"error: .*", build.stdout + build.stderr)[:2]), None
    place = subprocess.run(
        ["swift", "build", "--show-bin-path", *options.build], cwd=folder, check=True, capture_output=True, text=True)
    started = time.monotonic()
    run = subprocess.run(
        [os.path.join(place.stdout.strip(), "keyturn-simulation"), "--seeds", str(options.seeds),
         "--nights", str(options.nights), "--jobs", str(os.cpu_count()), "--brief"],
        capture_output=True, text=True)
    seconds = time.monotonic() - started
    last = (run.stdout.strip() or run.stderr.strip()).splitlines()[-1:] or [""]
    return (last[0] if run.returncode == 1 else None), seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--nights", type=int, default=200)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--build", action="append", default=[], help="an option for swift build")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    root = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
    folder = root if options.here else copy(root)
    missed = []
    for name, changes in MUTANTS.items():
        if options.names and name not in options.names:
            continue
        before = {}
        try:
            for path, old, new in changes:
                place = os.path.join(folder, path)
                text = open(place).read()
                before.setdefault(place, text)
                open(place, "w").write(replaced(text, old, new, f"{name}: {path}"))
            verdict, seconds = caught(folder, options)
        finally:
            for place, text in before.items():
                open(place, "w").write(text)
        if verdict is None or seconds is None:
            missed.append(name)
        took = "" if seconds is None else f"  ({seconds:.0f} s)"
        print(f"{name:40} {verdict or 'NOT CAUGHT'}{took}", flush=True)
    sys.exit(1 if missed else 0)


main()

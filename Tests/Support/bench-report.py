#!/usr/bin/env python3
"""Measures the reports of a large installation, and how a browser takes its page. Wants a release build.

usage: bench-report.py [--runs N] [--many N] [--no-browser] KEYTURN

  --runs N      how often each command is timed (default 10)
  --many N      how many connections the installation has (default 5000)
  --no-browser  without Chromium, which wants playwright from PyPI

The page is loaded from a file into Debian's Chromium without a graphics card, and scrolled from top to bottom by
150 pixels a frame: nine screens in a second. A task of more than 50 ms is what browsers call a long one.
"""
import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile

from bench import HERE, Failed, Installation, measure, progress, run, table


def fill(installation, count):
    """Records each lifetime twice, so that there is a history; one in twenty is due or overdue."""
    installation.record(count, 0)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    for start in range(0, count, 100):
        batch = range(start, min(start + 100, count))
        options = ["--config", installation.configure(batch, "batch.yaml")]
        for number in batch:
            days = number % 97 - 7 if number % 20 == 0 else 95 + number * 7 % 630
            made = today + datetime.timedelta(days=days - 730)
            installation.call("record", f"portal-{number:05d}", *options, "--created", made.isoformat())
        progress(f"recording again {batch[-1] + 1} of {count} …")
    progress()
    os.remove(os.path.join(installation.directory, "batch.yaml"))
    # What each night writes: without it the page would begin with a missing one.
    installation.call("check", allowed=(0, 1, 2, 3))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--many", type=int, default=5_000)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("keyturn")
    options = parser.parse_args()
    keyturn = os.path.realpath(options.keyturn)
    with tempfile.TemporaryDirectory(prefix="keyturn-bench.") as directory:
        installation = Installation(keyturn, os.path.join(directory, "many"))
        fill(installation, options.many)
        rows = []
        for form in ("html", "json", "csv", "ics"):
            path = os.path.join(directory, f"report.{form}")
            row, _ = measure(f"keyturn report --format {form}, {options.many:,} connections",
                             [keyturn, "report", "--format", form, "--output", path], options.runs,
                             installation.environment)
            rows.append(row._replace(note=f"{os.path.getsize(path):,} bytes"))
        rows.append(measure(f"keyturn plan --json, {options.many:,} connections", [keyturn, "plan", "--json"],
                            options.runs, installation.environment)[0])
        print()
        table(rows)
        if options.no_browser:
            return
        try:
            figures = json.loads(run([sys.executable, os.path.join(HERE, "report-browser.py"), "--load",
                                      os.path.join(directory, "report.html")]))
        except Failed as error:
            print(f"the browser is left out (make python): {str(error).splitlines()[-1]}", file=sys.stderr)
            return
        print(f"\nChromium shows the page after {figures['shown_ms']} ms (first paint {figures['first_paint_ms']} ms);"
              f" long tasks while loading: {figures['long_tasks_loading_ms'] or 'none'} ms")
        print(f"scrolling to its end, {figures['frames']} frames: median {figures['frame_median_ms']} ms, "
              f"99 of 100 within {figures['frame_99_percent_ms']} ms, worst {figures['frame_worst_ms']} ms; "
              f"long tasks: {figures['long_tasks_scrolling_ms'] or 'none'}")


if __name__ == "__main__":
    try:
        main()
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"bench-report.py: {error}", file=sys.stderr)
        sys.exit(1)

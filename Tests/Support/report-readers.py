#!/usr/bin/env python3
"""Reads a table and a calendar of keyturn's with readers that are not ours, and says what is right and WRONG.

usage: report-readers.py JSON CSV ICS [NEWER_ICS]

  JSON       report --format json of the same instant: what the two have to agree with
  NEWER_ICS  a calendar of a later day, which is imported over the first

Wants icalendar from PyPI.
"""
import csv
import datetime
import json
import sys

from icalendar import Calendar


def expect(what, is_right, detail=""):
    print(f"ok {what}" if is_right else f"WRONG {what}: {detail}")
    return is_right


def table(report, path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    with open(path, "rb") as file:
        data = file.read()
    states = {each["name"]: each for each in report["connections"]}
    yield expect("csv: a row for each connection", [row["connection"] for row in rows] == list(states), rows)
    for row in rows:
        state = states[row["connection"]]
        current = state["current"] or {}
        for column, wanted in (("state", state["state"]), ("owner", state["owner"]),
                               ("expires_at", current.get("expires_at")), ("days_left", current.get("days_left")),
                               ("rotation_step", (state["rotation"] or {}).get("step"))):
            wanted = "" if wanted is None else str(wanted)
            if row[column].removeprefix("'") != wanted:
                yield expect(f"csv: {column} of {row['connection']}", False, (row[column], wanted))
    yield expect("csv: every row has all cells", all(None not in row and None not in row.values() for row in rows))
    yield expect("csv: lines end in CR LF", data.count(b"\n") == data.count(b"\r\n") == len(rows) + 1)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    calendar = Calendar.from_ical(data)
    return data, calendar, [part for part in calendar.walk("VEVENT")]


def calendars(report, path, newer):
    data, calendar, events = read(path)
    planned = report["plan"]["events"]
    yield expect("ics: it is a calendar with a name", calendar["VERSION"] == "2.0" and "PRODID" in calendar
                 and calendar["X-WR-CALNAME"])
    yield expect("ics: nothing in it is out of order", not calendar.errors and not any(e.errors for e in events),
                 calendar.errors)
    yield expect("ics: an event for each of the plan", len(events) == len(planned) > 0, (len(events), len(planned)))
    for event, plan in zip(events, planned):
        day = datetime.date.fromisoformat(plan["at"][:10])
        if (event.decoded("DTSTART"), event.decoded("DTEND")) != (day, day + datetime.timedelta(days=1)):
            yield expect("ics: days", False, (event["DTSTART"], plan))
        if not str(event["SUMMARY"]).startswith(f"{plan['connection']}: ") or plan["remedy"][:60] not in str(
                event["DESCRIPTION"]):
            yield expect("ics: texts", False, (event["SUMMARY"], plan))
    identities = [str(event["UID"]) for event in events]
    yield expect("ics: every event has an identity of its own", len(set(identities)) == len(identities))
    lines = data.split(b"\r\n")
    yield expect("ics: no line is longer than 75 octets", max(map(len, lines)) <= 75)
    yield expect("ics: no line ends otherwise", b"\n" not in data.replace(b"\r\n", b""))
    if newer:
        _, _, later = read(newer)
        kept = {str(event["UID"]): event for event in events}
        same = [event for event in later if str(event["UID"]) in kept]
        yield expect("ics: a newer calendar moves the events", same and all(
            event["SEQUENCE"] > kept[str(event["UID"])]["SEQUENCE"]
            and event.decoded("DTSTAMP") > kept[str(event["UID"])].decoded("DTSTAMP") for event in same))
        yield expect("ics: and has few that are new", len(same) >= len(later) // 2, (len(same), len(later)))


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    newer = sys.argv[4] if len(sys.argv) == 5 else None
    sys.exit(not all([*table(report, sys.argv[2]), *calendars(report, sys.argv[3], newer)]))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How long a bilan takes, and whether it holds others up; beside SQLite on the same stays, in the same run.

    swift build -c release --product accueild
    Tests/Benchmarks/bilan.py [PLACEMENTS]          1 000 000 where absent

A real daemon takes in the Paris example, answers its bilan, takes in so many placements more on fifty sites, and answers
again, while another connection asks for one site's occupancy over and over. Times are wall-clock; only their ratios travel.
"""
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PARIS = os.path.join(ROOT, "Protocol/examples/paris-2017.ndjson")
BILAN = {"as_of": "2017-03-23"}
SITES, DAYS, FIRST = 50, 2000, 14000   # days since 1970: from May 2008 on


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb", buffering=1 << 20)

    def ask(self, method, params):
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"
        began = time.perf_counter()
        self.socket.sendall(line)
        answer = self.file.readline()
        took = time.perf_counter() - began
        if b'"error"' in answer[:40]:
            sys.exit(answer.decode())
        return took, answer

    def feed(self, lines, count, window=4000):
        """Sends lines and reads as many answers; at most `window` are outstanding."""
        slots = threading.Semaphore(window)

        def read():
            for _ in range(count):
                answer = self.file.readline()
                if b'"result"' not in answer:
                    print(answer.decode(), file=sys.stderr)
                    os._exit(1)
                slots.release()

        reader = threading.Thread(target=read)
        reader.start()
        parcel = []
        for line in lines:
            slots.acquire()
            parcel.append(line)
            if len(parcel) == 500:
                self.socket.sendall(b"".join(parcel))
                parcel = []
        self.socket.sendall(b"".join(parcel))
        reader.join()


def date(day):
    return time.strftime("%Y-%m-%d", time.gmtime(day * 86400))


def stays(count):
    """Placements as tuples, in order of their beginning; nine in ten end after five to a hundred days."""
    dice = random.Random(1)
    for number in range(count):
        begin = FIRST + number * DAYS // count
        site = int(dice.random() * SITES)
        end = begin + 5 + int(dice.random() * 95) if dice.random() < 0.9 else None
        yield (number, site, begin, end, 1 + int(dice.random() * 3), ("AFG", "SDN", "SOM", "ERI", "SYR")[number % 5],
               ("CAO", "CHU", "CADA", "unknown_departure")[number % 4])


def requests(rows):
    def line(method, **params):
        return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"

    for site in range(SITES):
        yield line("site.open", site=f"bench-{site}", kind="CHU", commune="93066", time=date(FIRST))
        yield line("site.set_capacity", site=f"bench-{site}", audience="any", places=5000, time=date(FIRST))
    ends = {}
    for number, site, begin, end, people, nationality, destination in rows:
        for ended, to in ends.pop(begin, []):
            yield line("placement.end", placement=f"b-{ended}", destination=to, time=date(begin))
        if end is not None:
            ends.setdefault(end, []).append((number, destination))
        yield line("placement.start", placement=f"b-{number}", site=f"bench-{site}", audience="any", adults=people,
                   nationality=nationality, time=date(begin))
        for day in [day for day in ends if day < begin]:
            for ended, to in ends.pop(day):
                yield line("placement.end", placement=f"b-{ended}", destination=to, time=date(begin))


def median(values):
    return sorted(values)[len(values) // 2]


def milliseconds(seconds):
    return f"{seconds * 1000:10.2f} ms"


def pings(path, during):
    """Latencies of one connection's point queries while something goes on."""
    client, took, stop = Client(path), [], threading.Event()

    def ask():
        while not stop.is_set():
            took.append(client.ask("query.occupancy", {"as_of": "2012-01-01", "site": "cpa-ney"})[0])

    thread = threading.Thread(target=ask)
    thread.start()
    during()
    stop.set()
    thread.join()
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100], took[-1]


def sqlite(rows):
    """The same stays in a table, and the parts of a bilan that speak of stays."""
    base = sqlite3.connect(":memory:")
    base.execute("create table stay (site int, begin int, end int, people int, nationality text, destination text)")
    base.executemany("insert into stay values (?, ?, ?, ?, ?, ?)", (row[1:] for row in rows))
    day = 17248
    began = time.perf_counter()
    for query in (
        "select site, sum(people) from stay where begin <= ? and (end is null or end > ?) group by site",
        "select nationality, sum(people) from stay where begin <= ? and (end is null or end > ?) group by nationality",
        "select begin / 30, sum(people) from stay where begin <= ? and ? group by 1",
        "select destination, sum(people) from stay where end <= ? and ? group by 1",
        "select site, count(*), avg(coalesce(end, ?) - begin) from stay where begin <= ? group by 1",
    ):
        base.execute(query, (day, day)).fetchall()
    return time.perf_counter() - began


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    daemon = os.path.join(ROOT, ".build/release/accueild")
    with tempfile.TemporaryDirectory() as state:
        path = os.path.join(state, "s")
        process = subprocess.Popen([daemon, "--state-directory", state, "--socket", path, "--log-level", "error"])
        try:
            while True:
                try:
                    client = Client(path)
                    break
                except OSError:
                    time.sleep(0.05)
            with open(PARIS, "rb") as file:
                paris = file.readlines()
            client.feed(paris, len(paris))
            took = [client.ask("query.bilan", BILAN)[0] for _ in range(21)]
            print(f"bilan, Paris ({len(paris)} events)          median {milliseconds(median(took))}, "
                  f"worst {milliseconds(max(took))}")
            rows = list(stays(count))
            lines = list(requests(rows))
            began = time.perf_counter()
            client.feed(lines, len(lines))
            print(f"{len(lines)} commands taken in           {len(lines) / (time.perf_counter() - began):10.0f} /s")
            bilan = [client.ask("query.bilan", BILAN)[0] for _ in range(7)]
            print(f"bilan, {count} placements more       median {milliseconds(median(bilan))}, "
                  f"worst {milliseconds(max(bilan))}")
            quiet = pings(path, lambda: time.sleep(3))
            busy = pings(path, lambda: [client.ask("query.bilan", BILAN) for _ in range(5)])
            for name, (half, most, worst) in (("alone", quiet), ("during bilans", busy)):
                print(f"point query {name:14}             p50 {milliseconds(half)}, p99 {milliseconds(most)}, "
                      f"worst {milliseconds(worst)}")
            peer = sqlite(rows)
            print(f"SQLite, five aggregates, no index      {milliseconds(peer)}; "
                  f"bilan / SQLite {median(bilan) / peer:.2f}")
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()

"""What `compare` runs once everything is built: the servers, the rows, the table.

A row is measured in rounds, in each of which ours and the peers take turns; what is told is the round with the median
rate, and as ratio the median of the ratios within each round, so that a machine that is busy for a while does not
decide. The payload of the peers has as many bytes as the line of an event that the load records.
"""
import argparse
import itertools
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = os.path.join(ROOT, ".build/compare")
#: Removed in the end, unless something went wrong. On the disk that is measured, which /tmp may not be.
WORK = os.path.join(BUILT, "run")
PARIS = os.path.join(ROOT, "Protocol/examples/paris-2017.ndjson")
HOLE = "@" * 12
SITES = 50


def say(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)


def fresh(name):
    folder = os.path.join(WORK, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def until(happens, what, seconds=600):
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            sys.exit(f"compare: {what} did not happen within {seconds} s")
        time.sleep(0.002)


def status(process, name, unit=1):
    with open(f"/proc/{process}/status") as file:
        return int(re.search(rf"^{name}:\s+(\d+)", file.read(), re.M)[1]) * unit


def children(process):
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True).stdout
    return [int(word) for word in said.split()]


def times(process):
    """Its processor time, user's and system's, and that of its children that are gone, in ticks; none if it is gone."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return [int(word) for word in file.read().rsplit(")", 1)[1].split()[11:15]]
    except OSError:
        return [0, 0, 0, 0]


def megabytes(size):
    return f"{size / 1e6:,.0f} MB".replace(",", " ")


# MARK: Servers


class Server:
    """A process of ours, started and stopped by us; under strace, which counts its syncs, where asked."""

    def __init__(self, name, command, counting=False, user=None, folder=None):
        self.folder, self.counts = folder, None
        if counting:
            self.counts = os.path.join(folder, "syncs")
            command = ["strace", "-f", "--seccomp-bpf", "-c", "-o", self.counts,
                       "-e", "trace=fsync,fdatasync,sync_file_range,msync", *command]
        if user:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=open(os.path.join(WORK, f"{name}.out"), "w"), stderr=subprocess.STDOUT)
        running.append(self)

    @property
    def pid(self):
        """The server's own, not strace's."""
        if not self.counts:
            return self.process.pid
        return children(self.process.pid)[0]

    def memory(self):
        return status(self.pid, "VmRSS", 1024)

    def busy(self):
        """Seconds of processor time so far, with those of processes that are gone."""
        ticks = sum(sum(times(pid)[:2]) for pid in self.processes()) + sum(times(self.pid)[2:])
        return ticks / os.sysconf("SC_CLK_TCK")

    def processes(self):
        return [self.pid, *children(self.pid)]

    def spends(self, work):
        """Does the work, whose result has a count, and adds the processor time of each."""
        before = self.busy()
        told = work()
        return {**told, "cpu": (self.busy() - before) / told["count"] * 1e6}

    def stop(self):
        """Tells how many syncs there were, where they are counted."""
        if self in running:
            running.remove(self)
            os.kill(self.pid, signal.SIGTERM)
            self.process.wait()
        if not self.counts:
            return None
        with open(self.counts) as file:
            rows = [line.split() for line in file]
        return sum(int(row[3]) for row in rows if row and row[-1] in ("fsync", "fdatasync", "sync_file_range", "msync"))


running = []


class Register(Server):
    name = "accueild"

    def __init__(self, state="accueild", keep=False, **rest):
        folder = os.path.join(WORK, state) if keep else fresh(state)
        self.socket = os.path.join(folder, "s")
        if os.path.exists(self.socket):
            os.remove(self.socket)
        self.began = time.monotonic()
        super().__init__(self.name, [
            options.daemon, "--state-directory", folder, "--socket", self.socket, "--log-level", "warning",
        ], folder=folder, **rest)
        self.client = self.connected()
        self.client.ask("server.info")
        self.ready = time.monotonic() - self.began

    def connected(self):
        found = []

        def connect():
            if self.process.poll() is not None:
                sys.exit(f"compare: accueild ended; see {WORK}/accueild.out")
            try:
                found.append(Client(self.socket))
            except OSError:
                return False
            return True

        until(connect, "the start of accueild")
        return found[0]

    def open_sites(self):
        for site in range(SITES):
            self.client.ask("site.open", site=f"bench-{site}", kind="CHU", commune="75056", time=days_ago(29))
            self.client.ask("site.set_capacity", site=f"bench-{site}", audience="any", places=1_000_000,
                            time=days_ago(29))
        return self

    def append(self, clients, in_flight, count=None):
        bound = {"requests": count} if count else {"seconds": options.seconds}
        return self.load(starts(), clients=clients, in_flight=in_flight, **bound)

    def load(self, lines, **how):
        return load(self.socket, lines, **how)


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb", buffering=1 << 20)

    def ask(self, method, **params):
        self.socket.sendall(request(method, id=1, **params).encode())
        answer = json.loads(self.file.readline())
        if "error" in answer:
            sys.exit(f"compare: {method} is refused: {answer['error']}")
        return answer["result"]

    def feed(self, lines):
        def send():
            for start in range(0, len(lines), 100):
                self.socket.sendall(b"".join(lines[start:start + 100]))

        sender = threading.Thread(target=send)
        sender.start()
        for _ in lines:
            if b'"result"' not in (answer := self.file.readline()):
                sys.exit(f"compare: refused: {answer.decode()}")
        sender.join()


class Redis(Server):
    name = "Redis Streams"

    def __init__(self, synced="always", keep=False, **rest):
        folder = os.path.join(WORK, "redis") if keep else fresh("redis")
        self.socket = os.path.join(folder, "s")
        self.began = time.monotonic()
        # Its log is not rewritten while it is measured.
        super().__init__("redis", [
            "redis-server", "--appendonly", "yes", "--appendfsync", synced, "--save", "", "--unixsocket", self.socket,
            "--port", "0", "--auto-aof-rewrite-percentage", "0",
        ], folder=folder, **rest)
        until(lambda: self.says("PING") == b"+PONG\r\n", "the start of redis-server")
        self.ready = time.monotonic() - self.began

    def says(self, *words):
        try:
            with socket.socket(socket.AF_UNIX) as it:
                it.connect(self.socket)
                it.sendall(b"*%d\r\n" % len(words)
                           + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
                return it.recv(4096)
        except OSError:
            return b""

    def benchmark(self, clients, in_flight, count, *command):
        said = subprocess.run(
            ["redis-benchmark", "-s", self.socket, "-c", str(clients), "-P", str(in_flight), "-n", str(count), *command],
            capture_output=True, text=True, check=True).stdout
        summary = said[said.rindex("latency summary"):].splitlines()[2].split()
        tail = [float(found[1]) for found in re.finditer(r"([\d.]+)% <= ([\d.]+) milliseconds", said)]
        above = min(share for share in tail if share >= 99.9)
        slow = re.search(rf"{above:.3f}% <= ([\d.]+)", said)[1]
        return {"count": count, "per_second": float(re.search(r"throughput summary: ([\d.]+)", said)[1]),
                "p50": float(summary[2]) * 1000, "p99": float(summary[4]) * 1000, "p999": float(slow) * 1000}

    def run(self, clients, in_flight, *command):
        """For about as many seconds as everybody: as many requests as it takes in that time."""
        trial = max(100, clients * in_flight * 10)
        rate = self.benchmark(clients, in_flight, trial, *command)["per_second"]
        count = max(trial, int(rate * options.seconds))
        return self.spends(lambda: self.benchmark(clients, in_flight, count, *command))

    def append(self, clients, in_flight, count=None):
        command = ("XADD", "log", "*", "e", payload())
        if count:
            return self.benchmark(clients, in_flight, count, *command)
        return self.run(clients, in_flight, *command)


class Postgres(Server):
    name = "PostgreSQL"

    @staticmethod
    def programs():
        """Debian keeps them off the PATH, version by version."""
        return f"/usr/lib/postgresql/{max(os.listdir('/usr/lib/postgresql'), key=int)}/bin"

    def __init__(self, **rest):
        folder = fresh("postgres")
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user, user)
        self.as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        data = os.path.join(folder, "data")
        self.call("initdb", "--pgdata", data, "--auth", "trust", "--username", "bench", folder=folder)
        super().__init__("postgres", [
            f"{self.programs()}/postgres", "-D", data, "-c", f"unix_socket_directories={folder}",
            "-c", "listen_addresses=", "-c", "max_connections=200",
        ], folder=folder, user=user, **rest)
        self.to = ["--host", folder, "--username", "bench"]
        until(lambda: self.call("pg_isready", *self.to, may_fail=True) == 0, "the start of PostgreSQL")
        self.call("psql", *self.to, "-d", "postgres", "-c", "create table log (position bigserial primary key, event text)")
        with open(os.path.join(folder, "insert.sql"), "w") as file:
            file.write(f"insert into log (event) values ('{payload()}');\n")

    def call(self, program, *arguments, may_fail=False, folder=None):
        done = subprocess.run([*self.as_user, f"{self.programs()}/{program}", *arguments], cwd=folder or self.folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode and not may_fail:
            sys.exit(f"compare: {program} failed")
        return done.returncode

    def memory(self):
        """Shared pages count once: the proportional part of every process."""
        total = 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1]) * 1024
            except OSError:
                pass
        return total

    def append(self, clients, in_flight, count=None):
        log = os.path.join(self.folder, "latency")
        bound = ["-t", str(count // clients)] if count else ["-T", str(max(2, round(options.seconds)))]
        for name in os.listdir(self.folder):
            if name.startswith("latency."):
                os.remove(os.path.join(self.folder, name))
        self.call("pgbench", "-n", "-M", "prepared", "-f", "insert.sql", "-c", str(clients), "-j", str(min(2, clients)),
                  *bound, "-l", "--log-prefix", log, *self.to, "postgres")
        took, ended = [], []
        for name in os.listdir(self.folder):
            if name.startswith("latency."):
                with open(os.path.join(self.folder, name)) as file:
                    for line in file:
                        words = line.split()
                        took.append(int(words[2]))
                        ended.append(int(words[4]) + int(words[5]) / 1e6)
        return {"count": len(took), "per_second": len(took) / (max(ended) - min(ended)), **percentiles(took)}


class SQLite:
    name = "SQLite"

    def spends(self, work):
        return work()

    def append(self, clients, in_flight):
        return peers("sqlite", len(payload()), 1)


def peers(kind, *arguments):
    folder = fresh(kind)
    said = subprocess.check_output(
        [os.path.join(BUILT, "peers"), kind, folder, *map(str, arguments), str(options.seconds)], text=True)
    return json.loads(said)


def percentiles(values):
    values.sort()
    return {name: values[min(len(values) - 1, int(len(values) * share))]
            for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}


# MARK: Requests


def request(method, id=HOLE, **params):
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params},
                      separators=(",", ":")).replace(f'"{HOLE}"', HOLE, 1) + "\n"


def days_ago(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400 * days))


def start(number=HOLE, **rest):
    return dict(placement=f"p-{number}", audience="single_men", person=f"s-{number}", nationality="AFG", **rest)


def starts():
    """What an arrivals desk sends: one person, one placement, safe to repeat."""
    return [request("placement.start", **start(site=f"bench-{site}"), command_id=f"c-{HOLE}") for site in range(SITES)]


def bulk(ending=False, commands=1000):
    """Transactions of so many commands: arrivals, each with its departure where `ending`, within the last month."""
    def pair(number, site, day):
        name = f"{HOLE}-{number}"
        yield {"method": "placement.start", "params": start(name, site=f"bench-{site}", time=days_ago(day))}
        if ending:
            yield {"method": "placement.end", "params": dict(
                placement=f"p-{name}", destination="CAO", time=days_ago(day - 7))}

    step = 2 if ending else 1
    return [request("transaction", command_id=f"t-{HOLE}", commands=[
        command for number in range(commands // step) for command in pair(number, (day + number) % SITES, day)])
        for day in range(28, 7, -1)]


#: The first number of each run of the load, so that none comes twice.
numbers = itertools.count(100_000_000_000, 1_000_000_000)


def load(path, lines, **how):
    """Runs the load generator; `how` are its options."""
    first = next(numbers)

    def written(kind, them):
        file = os.path.join(WORK, f"{kind}-{first}.ndjson")
        with open(file, "w") as it:
            it.write("".join(them))
        return file

    if "follow" in how:
        how["follow"] = written("follow", [how["follow"]])
    arguments = [word for name, value in how.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    done = subprocess.run([os.path.join(BUILT, "load"), "--socket", path, "--lines", written("lines", lines),
                           "--first", str(first), *arguments], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"compare: the load failed; its requests are {WORK}/lines-{first}.ndjson")
    told = json.loads(done.stdout)
    if told["busy"] > 0.95:
        say(f"the load generator itself was busy all the time ({told['busy']:.2f}): what follows may be its own limit")
    return told


_payload = []


def payload():
    """As many bytes as the event that `starts` makes."""
    if not _payload:
        register = Register("payload").open_sites()
        register.load(starts(), requests=10)
        event = register.client.ask("events.read", last=1)["events"][0]
        register.stop()
        _payload.append("x" * len(json.dumps(event, separators=(",", ":"))))
    return _payload[0]


# MARK: The table


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, who, measured, ratio=None, target=None, met=None, times=None, syncs=None, memory=None):
        def shown(name):
            value = (times or {}).get(name)
            if value is None:
                return ""
            return f"{value:.1f} µs" if value < 99.5 else f"{value:.0f} µs" if value < 9950 else f"{value / 1000:.0f} ms"

        verdict = "" if met is None else " ✓" if met else " ✗"
        row = [what, who, measured, "" if ratio is None else f"{ratio:.2f}{verdict}", target or "", shown("p50"),
               shown("p99"), shown("p999"), shown("cpu"), "" if syncs is None else f"{syncs:.3g}",
               "" if memory is None else megabytes(memory)]
        self.rows.append(row)
        say(" · ".join(cell for cell in row if cell))

    def show(self):
        head = ["row", "who", "measured", "ratio", "target", "p50", "p99", "p99.9", "CPU each", "syncs/ack", "RSS"]
        rows = [head, *self.rows]
        widths = [max(len(row[index]) for row in rows) for index in range(len(head))]
        rows.insert(1, ["-" * width for width in widths])
        for row in rows:
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def rate(value):
    return f"{value:,.0f}/s".replace(",", " ")


def middle(rounds):
    return sorted(rounds, key=lambda round: round["per_second"])[len(rounds) // 2]


def ratio_of(rounds, other, name="per_second"):
    return statistics.median(a[name] / b[name] for a, b in zip(rounds, other))


# MARK: Rows


def append_row(what, clients, in_flight, target):
    def measure():
        register = Register().open_sites()
        others = [Redis()]
        if in_flight == 1:
            others += [Postgres()]
        if clients * in_flight == 1:
            others += [SQLite()]
        rounds = {each: [] for each in (register, *others)}
        for _ in range(options.rounds):
            for each in rounds:
                rounds[each].append(each.spends(lambda: each.append(clients, in_flight)))
        for each in rounds:
            told = middle(rounds[each])
            ratio = None if each is register else ratio_of(rounds[register], rounds[each])
            is_aim = isinstance(each, Redis)
            memory, syncs = told.get("rss_kib", 0) * 1024, 1
            if isinstance(each, Server):
                memory = each.memory()
                each.stop()
                syncs = syncs_per_ack(type(each), clients, in_flight)
            table.add(what, each.name, rate(told["per_second"]), ratio, f"≥ {target} ×" if is_aim else None,
                      ratio >= target if is_aim else None, told, syncs, memory)
        if clients * in_flight == 1:
            disk = [peers("disk", 4096) for _ in range(options.rounds)]
            table.add(what, "the disk, 4 KiB + fdatasync", rate(middle(disk)["per_second"]), times=middle(disk), syncs=1)

    return measure


def syncs_per_ack(kind, clients, in_flight):
    """In passes of their own, for counting costs time: with commands, less what start and stop need without any."""
    def syncs(count):
        server = kind(counting=True)
        if isinstance(server, Register):
            server.open_sites()
        if count:
            server.append(clients, in_flight, count)
        return server.stop()

    count = max(1000, clients * in_flight * 50)
    return max(0, syncs(count) - syncs(0)) / count


def bulk_row():
    register = Register().open_sites()
    lines, ours, theirs = bulk(), [], []
    for _ in range(options.rounds):
        told = register.spends(lambda: register.load(lines, in_flight=2, seconds=options.seconds))
        ours.append({**told, "per_second": told["per_second"] * 1000, "cpu": told["cpu"] / 1000})
        theirs.append(peers("sqlite", len(payload()), 1000))
    memory = register.memory()
    register.stop()
    table.add("bulk", "accueild", rate(middle(ours)["per_second"]), times=middle(ours), memory=memory)
    ratio = ratio_of(ours, theirs)
    table.add("bulk", "SQLite, 1000 per commit", rate(middle(theirs)["per_second"]), ratio, "≥ 3 ×", ratio >= 3,
              middle(theirs), memory=middle(theirs)["rss_kib"] * 1024)


def replay_row():
    count = 200_000 if options.quick else 1_000_000
    register = Register().open_sites()
    register.load(starts(), clients=64, in_flight=16, requests=count)
    # Nothing but the log: no snapshot helps.
    register.stop()
    redis = Redis(synced="no")
    redis.benchmark(8, 1000, count, "XADD", "log", "*", "e", payload())
    redis.stop()
    ours, theirs = [], []
    for _ in range(options.rounds):
        for rounds, restart in ((ours, restart_from_log), (theirs, lambda: Redis(keep=True))):
            server = restart()
            rounds.append({"per_second": count / server.ready, "cpu": server.busy() / count * 1e6,
                           "memory": server.memory()})
            server.stop()
    ratio = ratio_of(ours, theirs)
    table.add("replay", "accueild", rate(middle(ours)["per_second"]), times={"cpu": middle(ours)["cpu"]},
              memory=middle(ours)["memory"])
    table.add("replay", "Redis, reload", rate(middle(theirs)["per_second"]), ratio, "≥ 1.5 ×", ratio >= 1.5,
              {"cpu": middle(theirs)["cpu"]}, memory=middle(theirs)["memory"])


def restart_from_log():
    folder = os.path.join(WORK, Register.name)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name != "log":
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    return Register(keep=True)


def point_query():
    return [request("query.occupancy", site=f"bench-{site}") for site in range(SITES)]


def query_row(what, clients):
    def measure():
        register = Register().open_sites()
        register.load(starts(), clients=16, in_flight=16, requests=20_000)
        redis = Redis()
        answer = register.client.ask("query.occupancy", site="bench-1")
        redis.says("SET", "x", json.dumps(answer, separators=(",", ":")))
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(register.spends(
                lambda: register.load(point_query(), clients=clients, seconds=options.seconds)))
            theirs.append(redis.run(clients, 1, "GET", "x"))
        ratio = statistics.median(ours["p50"] / theirs["p50"] for ours, theirs in zip(ours, theirs))
        table.add(what, "accueild", rate(middle(ours)["per_second"]), times=middle(ours), memory=register.memory())
        table.add(what, "Redis GET", rate(middle(theirs)["per_second"]), ratio, "≤ 1.2 × its p50", ratio <= 1.2,
                  middle(theirs), memory=redis.memory())
        register.stop()
        redis.stop()

    return measure


def busy_query_row():
    """Point queries at a fixed rate, while 64 clients write as fast as they can."""
    register = Register().open_sites()
    rounds = []
    for _ in range(options.rounds):
        writing = threading.Thread(target=lambda: register.load(starts(), clients=64, seconds=options.seconds + 1))
        writing.start()
        time.sleep(0.5)
        rounds.append(load(register.socket, point_query(), rate=1000, seconds=options.seconds))
        writing.join()
    told = sorted(rounds, key=lambda round: round["p99"])[len(rounds) // 2]
    table.add("query-while-writing", "accueild", f"p99 {told['p99'] / 1000:.2f} ms", target="p99 < 2 ms",
              ratio=told["p99"] / 2000, met=told["p99"] < 2000, times=told, memory=register.memory())
    register.stop()


def history_row():
    register = Register().open_sites()
    count = 200_000 if options.quick else 1_000_000
    register.load(bulk(), in_flight=2, requests=count // 1000)
    line = [request("events.subscribe", **{"from": 1})]
    rounds = [register.spends(lambda: load(register.socket, line, drain='"method":"caught_up"'))
              for _ in range(options.rounds)]
    value = middle(rounds)["per_second"]
    table.add("history", "accueild", rate(value), value / 1e6, "≥ 1 M/s", value >= 1e6, {"cpu": middle(rounds)["cpu"]},
              memory=register.memory())
    register.stop()


def follow_row():
    """From when a command is due to when a subscriber has its event; beside the disk's own time for a sync."""
    register = Register().open_sites()
    ours, disk = [], []
    for _ in range(options.rounds):
        disk.append(peers("disk", 4096))
        ours.append(register.load(starts(), clients=16, rate=1000, seconds=options.seconds, mark='"commandid":"c-',
                                  follow=request("events.subscribe", id=1)))
    told = [{name: round[f"follow_{name}"] for name in ("p50", "p99", "p999")} for round in ours]
    beyond = statistics.median(mine["p99"] - its["p99"] for mine, its in zip(told, disk))
    here = sorted(told, key=lambda round: round["p99"])[len(told) // 2]
    table.add("follow", "accueild", f"p99 {beyond / 1000:.2f} ms beyond", beyond / 1000, "p99 < 1 ms beyond the sync",
              beyond < 1000, here, memory=register.memory())
    table.add("follow", "the disk, 4 KiB + fdatasync", rate(middle(disk)["per_second"]), times=middle(disk), syncs=1)
    register.stop()


def ten_million_row():
    events, opened = (1_000_000, 100_000) if options.quick else (10_000_000, 1_000_000)
    register = Register().open_sites()
    register.load(bulk(ending=True), in_flight=2, requests=events // 1000)
    register.stop()

    def restart():
        """From where it stopped, a snapshot included, if it made one."""
        server = Register(keep=True)
        memory, ready = server.memory(), server.ready
        return server, memory, ready

    empty = Register("empty").open_sites()
    bare = empty.memory()
    empty.stop()
    register, past, ready = restart()
    name = f"{events // 1_000_000}-million"
    table.add(name, "accueild, all stays ended", f"ready in {ready:.2f} s", ready / 2, "< 2 s", ready < 2, memory=past)
    per_event = (past - bare) / events
    table.add(name, "accueild, memory", f"{per_event:.0f} B/event", per_event / 40, "≤ 40 B", per_event <= 40)
    register.load(bulk(), in_flight=2, requests=opened // 1000)
    register.stop()
    register, present, _ = restart()
    per_placement = (present - past) / opened
    table.add(name, "accueild, memory", f"{per_placement:.0f} B/open placement", per_placement / 150, "≤ 150 B",
              per_placement <= 150, memory=present)
    register.stop()


def idle_row():
    register = Register()
    with open(PARIS, "rb") as file:
        register.client.feed(file.readlines())
    register.stop()
    register = Register(keep=True)
    seconds = 3 if options.quick else 10

    def wakes():
        """How often each thread let go of the processor by itself."""
        tasks = os.listdir(f"/proc/{register.pid}/task")
        return {task: status(f"{register.pid}/task/{task}", "voluntary_ctxt_switches") for task in tasks}

    # Threads of the start end by themselves.
    time.sleep(6)
    before = wakes()
    time.sleep(seconds)
    woken = sum(count - before.get(task, 0) for task, count in wakes().items()) / seconds
    memory = register.memory()
    table.add("idle", "accueild, Paris 2015–2017", f"{woken:.1f} wake-ups/s", target="0", ratio=woken, met=woken == 0)
    table.add("idle", "accueild, Paris 2015–2017", megabytes(memory), memory / 30e6, "< 30 MB", memory < 30e6,
              memory=memory)
    register.stop()


ROWS = {
    "1-client": append_row("1 client", 1, 1, 1.2),
    "64-clients": append_row("64 clients", 64, 1, 1.5),
    "64x16": append_row("64 clients × 16 in flight", 64, 16, 2),
    "bulk": bulk_row,
    "replay": replay_row,
    "query-1": query_row("point query, 1 client", 1),
    "query-64": query_row("point query, 64 clients", 64),
    "query-while-writing": busy_query_row,
    "history": history_row,
    "follow": follow_row,
    "ten-million": ten_million_row,
    "idle": idle_row,
}


def arguments():
    parser = argparse.ArgumentParser(
        prog="Tests/Benchmarks/compare", description="Measures accueild beside its peers; the table goes to standard output.",
        epilog="Rows: " + ", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="one short round each, and a million events for ten")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW", help="only this row; may be repeated")
    parser.add_argument("--rounds", type=int, help="how often each load is run (5; with --quick 1)")
    parser.add_argument("--seconds", type=float, help="how long each load is run (2; with --quick 1)")
    parser.add_argument("--daemon", help="a built accueild, instead of building it")
    found = parser.parse_args()
    found.rounds = found.rounds or (1 if found.quick else 5)
    found.seconds = found.seconds or (1 if found.quick else 2)
    found.daemon = os.path.abspath(found.daemon)
    return found


def machine():
    """What the figures are about, in a line above them."""
    def says(*command):
        return subprocess.check_output(command, text=True).split("\n")[0]

    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.M)
    redis = re.search(r"v=(\S+)", says("redis-server", "--version"))[1]
    postgres = says(f"{Postgres.programs()}/postgres", "--version").split()[2]
    return (f"{os.cpu_count()} cores ({model[1] if model else os.uname().machine}), load average {os.getloadavg()[0]:.1f} "
            f"before, Linux {os.uname().release}; Redis {redis}, PostgreSQL {postgres}, SQLite {sqlite3.sqlite_version}; "
            f"events of {len(payload())} bytes; {options.rounds} rounds of {options.seconds:g} s.")


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    try:
        about = machine()
        for name in options.only or ROWS:
            ROWS[name]()
    finally:
        for server in list(running):
            server.stop()
    shutil.rmtree(WORK)
    print(about, end="\n\n")
    table.show()


options = arguments()
table = Table()
if __name__ == "__main__":
    main()

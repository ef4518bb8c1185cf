#!/usr/bin/env python3
"""Clients and validators that others wrote, held against the daemon. Exit status 1 and one line for each disagreement.

    validators.py document SOCKET           what rpc.discover answers is an OpenRPC document (openrpc), its schemas JSON
                                            Schemas (jsonschema), and the same as Protocol/openrpc.json
    validators.py client SOCKET             aiorpcX calls, pipelines, sends batches and notifications, and reads errors
    validators.py example SOCKET LINES      tells the daemon an example, follows its log, asks every query: jsonschema on
                                            every line that is sent, either way
    validators.py events SOCKET             the CloudEvents SDK reads and writes every event of the log
    validators.py exchange FILE             jsonschema on a recorded conversation: lines of {"send": …} and {"receive": …}
    validators.py parameters SOCKET SEED    hypothesis-jsonschema makes valid and invalid parameters for every method:
                                            never a crash, never a hang, always an answer
"""
import functools
import json
import pathlib
import socket
import sys
import time

PROTOCOL = pathlib.Path(__file__).resolve().parents[2] / "Protocol"
SECONDS_MAX = 30  # for any answer
findings = []


def find(what):
    findings.append(what)
    if len(findings) <= 20:
        print(what)


# --- Schemas

@functools.cache
def schema(path, *inside):
    """A schema of Protocol/schemas, or one inside it."""
    document = json.loads((PROTOCOL / "schemas" / f"{path}.json").read_text())
    part = document
    for name in inside:
        part = part["properties"][name]
    return {**part, "$defs": document.get("$defs", {})}


@functools.cache
def validator(path, *inside):
    import jsonschema
    whole = schema(path, *inside)
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def check(value, about, path, *inside):
    for error in validator(path, *inside).iter_errors(value):
        find(f"{about}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")


@functools.cache
def document():
    return json.loads((PROTOCOL / "openrpc.json").read_text())


@functools.cache
def failures(method):
    """The kinds of failure that the document lists for a method, and those that any line can meet."""
    listed = [each["errors"] for each in document()["methods"] if each["name"] == method]
    return {error["$ref"].rsplit("/", 1)[1] for errors in listed for error in errors}


def check_event(event, about):
    check(event, about, "events/" + ":".join(event["dataschema"].split(":")[3:]).replace(":", "."))


def check_line(line, methods):
    """One line of the daemon. `methods` are those that were asked for, by id."""
    check(line, "line", "line")
    for one in line if isinstance(line, list) else [line]:
        if "method" in one:
            check(one, one["method"], "notifications/" + one["method"])
            if one["method"] == "event":
                check_event(one["params"]["event"], "event")
            continue
        method = methods.get(json.dumps(one["id"]))
        if "result" in one:
            check(one["result"], method, "methods/" + method, "result")
            for event in one["result"].get("events", []):
                if "specversion" in event:
                    check_event(event, method)
        else:
            kind = one["error"]["data"]["type"]
            check(one["error"], f"{method}: error", "errors/" + kind)
            # A request that is none fails before its method is looked at.
            if method and method in names() and kind not in failures(method) | {"parse_error", "invalid_request"}:
                find(f"{method} fails with {kind}, which is not listed")


@functools.cache
def names():
    return {method["name"] for method in document()["methods"]}


# --- A client as simple as nc -U

class Line:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS_MAX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")
        self.methods = {}
        self.last = 0

    def send(self, method, params, **more):
        self.last += 1
        self.methods[json.dumps(self.last)] = method
        request = {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params, **more}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return self.last

    def receive(self):
        """The next line, looked at; a TimeoutError where none comes."""
        text = self.file.readline()
        if not text:
            raise EOFError("the daemon closed the connection")
        line = json.loads(text)
        check_line(line, self.methods)
        return line

    def ask(self, method, params):
        number = self.send(method, params)
        while True:
            line = self.receive()
            # A line that could not be read is answered without its id.
            if "id" in line and line["id"] in (number, None):
                return line


# --- openrpc

def check_document(path):
    import jsonschema
    import openrpc
    told = Line(path).ask("rpc.discover", {})["result"]
    if told != document():
        find("rpc.discover and Protocol/openrpc.json differ")
    for name, each in told["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(each)
        except jsonschema.SchemaError as error:
            find(f"{name}: {error.message}")
    # The package knows no references among errors.
    whole = json.loads(json.dumps(told))
    for method in whole["methods"]:
        method["errors"] = [
            whole["components"]["errors"][error["$ref"].rsplit("/", 1)[1]] for error in method["errors"]]
    read = openrpc.OpenRPC.model_validate(whole)
    # What it does not know, it leaves out.
    if json.loads(read.model_dump_json(by_alias=True, exclude_unset=True)) != whole:
        find("the document has members that OpenRPC does not know")
    print(f"{len(whole['methods'])} methods, {len(whole['components']['schemas'])} schemas")


# --- aiorpcX

def check_client(path):
    import asyncio
    import aiorpcx

    async def talk():
        async with aiorpcx.connect_us(path) as session:
            info = await session.send_request("server.info", {})
            assert info["name"] == "accueild", info
            opened = await session.send_request("site.open", {"site": "ney", "kind": "CPA"})
            assert [event["type"] for event in opened["events"]] == ["site.opened"], opened

            # Fifty at once, each with its own answer.
            sites = [f"s{number}" for number in range(50)]
            answers = await asyncio.gather(
                *(session.send_request("site.open", {"site": site, "kind": "CHU"}) for site in sites))
            subjects = [answer["events"][0]["subject"] for answer in answers]
            assert subjects == [f"site/{site}" for site in sites], subjects

            async with session.send_batch() as batch:
                batch.add_request("query.occupancy", {"site": "ney"})
                batch.add_notification("site.open", {"site": "silent", "kind": "CHU"})
                batch.add_request("site.close", {"site": "nowhere"})
                batch.add_request("server.status", {})
            occupancy, refused, status = batch.results
            assert [row["site"] for row in occupancy["rows"]] == ["ney"], occupancy
            assert isinstance(refused, aiorpcx.RPCError) and refused.code == -32000, refused
            assert status["mode"] == "read_write", status

            await session.send_notification("site.open", {"site": "quiet", "kind": "CHU"})
            rows = (await session.send_request("query.occupancy", {}))["rows"]
            assert {"silent", "quiet"} <= {row["site"] for row in rows}, rows

            for method, params, code in [
                ("site.close", {"site": "nowhere"}, -32000), ("site.open", {"site": "a b", "kind": "CHU"}, -32602),
                ("site.open", {"site": "x", "kind": "CHU", "colour": "red"}, -32602), ("no.such", {}, -32601),
                ("query.history", {"subject": "site/nowhere"}, -32002), ("server.info", [1], -32602),
            ]:
                try:
                    answer = await session.send_request(method, params)
                    find(f"{method} {params} was answered {answer}")
                except aiorpcx.RPCError as error:
                    if error.code != code:
                        find(f"{method} {params} fails with {error.code}, not {code}")

    asyncio.run(asyncio.wait_for(talk(), SECONDS_MAX))


# --- Examples

def check_example(path, lines):
    """The daemon takes what the example says, so the schemas of parameters must too."""
    requests = [json.loads(line) for line in pathlib.Path(lines).read_text().splitlines()]
    teller, follower = Line(path), Line(path)
    follower.send("events.subscribe", {"from": 1})
    follower.receive()
    for start in range(0, len(requests), 200):
        some = requests[start:start + 200]
        for request in some:
            check(request.get("params", {}), request["method"], "methods/" + request["method"], "params")
            teller.methods[json.dumps(request["id"])] = request["method"]
        teller.socket.sendall("".join(json.dumps(request) + "\n" for request in some).encode())
        for _ in some:
            teller.receive()
    head = teller.ask("server.status", {})["result"]["head"]
    seen = 0
    while seen < head:
        line = follower.receive()
        seen += line["method"] == "event"
    asked = 0
    for name in sorted(names()):
        if not name.startswith("query.") or name == "query.history":
            continue
        for params in questions(name, head // 2):
            answer = teller.ask(name, params)
            asked += 1
            if "error" in answer:
                find(f"{name} {params}: {answer['error']['message']}")
    for subject in {f"{kind}/{name}" for kind, name in subjects(teller)}:
        teller.ask("query.history", {"subject": subject, "limit": 3})
    for sequence in (1, head):
        check_event(teller.ask("events.get", {"sequence": sequence})["result"], "events.get")
    print(f"{len(requests)} requests, {seen} events, {asked} questions")


def questions(name, half):
    """A query without a word, as of half the log, and by each of its keys."""
    params = schema("methods/" + name, "params")
    whole = {"from": "2017-01-01", "to": "2017-03-31"} if name == "query.occupancy_series" else {}
    if set(params.get("required", [])) - set(whole):
        raise SystemExit(f"{name} needs {params['required']}: tell questions() how to ask it")
    yield whole
    yield {**whole, "known_at": half}
    if "by" in params["properties"]:
        for key in params["$defs"][params["properties"]["by"]["$ref"].rsplit("/", 1)[1]]["enum"]:
            yield {**whole, "by": key}


def subjects(client):
    page = client.ask("events.read", {"last": 1000})["result"]
    return {tuple(event["subject"].split("/")) for event in page["events"]}


# --- CloudEvents

def check_events(path):
    from cloudevents.core.formats.json import JSONFormat
    from datetime import datetime
    form = JSONFormat()
    client = Line(path)
    position, count = 1, 0
    while True:
        page = client.ask("events.read", {"from": position, "limit": 1000})["result"]
        for event in page["events"]:
            count += 1
            try:
                read = form.read(None, json.dumps(event))
                again = json.loads(form.write(read))
            except Exception as error:  # whatever it says is the finding
                find(f"event {event['sequence']}: {error!r}")
                continue
            # The same instant may be written otherwise.
            before, after = ({**each, "time": datetime.fromisoformat(each["time"])} for each in (event, again))
            if before != after:
                find(f"event {event['sequence']} comes back as {again}")
            if int(read.get_extension("sequence")) != count:
                find(f"event {count} has the sequence {read.get_extension('sequence')}")
        position = page["next"]
        if position > page["head"]:
            break
    print(f"{count} events")


# --- A recorded conversation

def check_exchange(path):
    methods, count = {}, 0
    for text in pathlib.Path(path).read_text().splitlines():
        turn = json.loads(text)
        if "send" in turn:
            try:
                sent = json.loads(turn["send"])
            except ValueError:
                continue
            for one in sent if isinstance(sent, list) else [sent]:
                if isinstance(one, dict) and "method" in one:
                    methods[json.dumps(one.get("id"))] = one["method"]
        else:
            count += 1
            check_line(json.loads(turn["receive"]), methods)
    print(f"{count} lines")


# --- hypothesis

def check_parameters(path, seed):
    import random
    import warnings
    import hypothesis
    from hypothesis import strategies as some
    from hypothesis_jsonschema import from_schema
    warnings.simplefilter("ignore")
    started = time.monotonic()
    told = {"result": 0, "refused": 0, "invalid_params": 0, "other": 0}
    anything = from_schema({"type": ["object", "array", "string", "integer", "number", "boolean", "null"]})

    def wrong(name, method, params):
        """Parameters that the schema does not allow: one is missing, unknown, or of another kind."""
        properties = list(params["properties"])
        def spoil(drawn):
            good, number, junk, how = drawn
            bad = dict(good)
            if how == 0 and params.get("required"):
                bad.pop(params["required"][number % len(params["required"])], None)
            elif how == 1 or not properties:
                bad["no_such_parameter"] = junk
            else:
                bad[properties[number % len(properties)]] = junk
            return bad
        return some.tuples(method, some.integers(0, 99), anything, some.integers(0, 2)).map(spoil)

    def ask(client, method, params, valid):
        try:
            answer = client.ask(method, params)
        except (EOFError, OSError) as error:
            sys.exit(f"{method} {json.dumps(params)}: {error!r}")
        kind = answer["error"]["data"]["type"] if "error" in answer else "result"
        told[kind if kind in told else "other"] += 1
        if kind in ("internal_error", "method_not_found") or valid and kind == "parse_error":
            find(f"{method} {json.dumps(params)}: {answer['error']['message']}")
        if not valid and kind not in ("invalid_params", "invalid_request", "parse_error"):
            find(f"{method} {json.dumps(params)} is not valid, and was answered {json.dumps(answer)[:300]}")

    for number, method in enumerate(sorted(names())):
        params = json.loads(json.dumps(schema("methods/" + method, "params")))
        if tree := params["$defs"].get("FieldTree"):
            # Nothing is generated from a schema that refers to itself: two storeys are enough.
            tree["anyOf"][0]["additionalProperties"] = tree["anyOf"][1]["items"] = tree["anyOf"][3]
        client = Line(path)
        if method == "transaction":
            # One of seventy kinds of command each time: its schema alone is as large as all of theirs.
            calls = params["properties"]["commands"]["items"]["oneOf"]
            params["properties"]["commands"]["items"] = random.Random(seed).choice(calls)
        valid = from_schema(params)
        for is_valid, strategy in ((True, valid), (False, wrong(method, valid, params))):
            @hypothesis.seed(seed + number)
            @hypothesis.settings(
                max_examples=12, deadline=None, database=None, phases=[hypothesis.Phase.generate],
                suppress_health_check=list(hypothesis.HealthCheck))
            @hypothesis.given(strategy)
            def answered(params):
                if not is_valid and validator("methods/" + method, "params").is_valid(params):
                    hypothesis.reject()
                ask(client, method, params, is_valid)
            try:
                answered()
            except hypothesis.errors.Unsatisfiable:
                find(f"{method}: no {'valid' if is_valid else 'invalid'} parameters could be made")
        if "result" not in client.ask("server.status", {}):
            find(f"after {method} the daemon does not tell its status")
    seconds = round(time.monotonic() - started)
    print(f"seed {seed}: {sum(told.values())} questions in {seconds} s: {told}")


if __name__ == "__main__":
    what, *arguments = sys.argv[1:] or [None]
    checks = {
        "document": check_document, "client": check_client, "example": check_example, "events": check_events,
        "exchange": check_exchange, "parameters": lambda path, seed: check_parameters(path, int(seed)),
    }
    if what not in checks:
        sys.exit(__doc__)
    checks[what](*arguments)
    if findings:
        print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)

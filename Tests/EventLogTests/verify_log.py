"""Verifies a log folder from Protocol/LOG.md alone: python3 verify_log.py FOLDER. Exit 0 or 1, and one sentence."""
import base64, hashlib, json, pathlib, re, sys, uuid

def divide(n, bits=8): return divide(n >> 1 ^ 0x82F63B78 * (n & 1), bits - 1) if bits else n
TABLE = [divide(n) for n in range(256)]
def crc32c(data, crc=0xFFFFFFFF):
    for byte in data: crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return b"%08x" % (crc ^ 0xFFFFFFFF)
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def text(digest): return base64.b64encode(digest).decode()
def root():
    digest = peaks[-1][1] if peaks else sha()
    for _, left in peaks[-2::-1]: digest = sha(b"\1", left, digest)
    return text(digest)
def check(right, what):
    if not right: sys.exit(f"{path}, line {number}: {what}")
def sealed(fields, before, line):
    seed = uuid.UUID(log).bytes + int(fields["first"]).to_bytes(8, "big")
    return fields["log"] == log and line.endswith(b'"crc32c":"' + crc32c(seed + before + line[:-11]) + b'"}}')

path, number, log, position, peaks = pathlib.Path(sys.argv[1]), 0, None, 0, []
segments = sorted(name for name in path.iterdir() if re.fullmatch(r"\d{20}\.ndjson", name.name))
check(segments, "there is no segment")
try:
    for path in segments:
        pending = []
        for number, line in enumerate(path.read_bytes().rstrip(b"\n").split(b"\n"), 1):
            if number == 1:
                head = json.loads(line)["segment"]
                log = log or head["log"]
                check(head["format"] == 1 and sealed(head, b"", line), "not a sound header of this log")
                check(path.stem == head["first"] == "%020d" % (position + 1), "not the next position")
                check(head["peaks"] == [text(peak) for _, peak in peaks] and head["root"] == root(), "another tree")
            elif not line.startswith(b'{"commit":'):
                check(line, "a blank line before the last commit")
                pending.append(line)
            else:
                commit, events = json.loads(line)["commit"], b"".join(event + b"\n" for event in pending)
                check(sealed(commit, events, line) and commit["bytes"] == len(events) > 0, "not a sound commit")
                check(commit["first"] == "%020d" % (position + 1), "not the next position")
                for event in pending:
                    position, node = position + 1, (1, sha(b"\0", event))
                    while peaks and peaks[-1][0] == node[0]: node = (2 * node[0], sha(b"\1", peaks.pop()[1], node[1]))
                    peaks.append(node)
                check(commit["last"] == "%020d" % position and commit["root"] == root(), "the root does not follow")
                pending = []
        check(not pending, "the last events have no trailer")
except (ValueError, KeyError, TypeError) as error: check(False, f"not as described ({error})")
print(f"{log}: {position} events in {len(segments)} segments are sound, root {root()}")

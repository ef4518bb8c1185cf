#!/usr/bin/env python3
"""Checks what the register proves with nothing of its code: RFC 9162 as it says how to verify, signed notes as C2SP describes
them, Ed25519 of the cryptography package. Exit status 1 and one line for each disagreement.

    proofs.py socket SOCKET LOG SEED   checkpoint and proofs from the daemon, against the event lines in the folder LOG
    proofs.py files KEY LOG CHECKPOINT INCLUSION CONSISTENCY OLD
                                       what accueilctl wrote: a checkpoint, a tlog-proof, a consistency proof from OLD
"""
import base64
import hashlib
import json
import pathlib
import random
import socket
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- RFC 9162, sections 2.1.1, 2.1.3.2 and 2.1.4.2

def tree(leaves):
    """MTH, of leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", tree(leaves[:split]), tree(leaves[split:]))


def includes(index, size, leaf, path, root):
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = sha(b"\1", p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha(b"\1", r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistent(first, second, first_root, second_root, path):
    if first == second:
        return not path and first_root == second_root
    if not path:
        return False
    if first & first - 1 == 0:
        path = [first_root] + path
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = sha(b"\1", c, fr), sha(b"\1", c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha(b"\1", sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


# --- C2SP signed-note and tlog-checkpoint

def opened(note, key):
    """(origin, size, root) of a checkpoint that the key has signed; anything else raises."""
    name, key_id, encoded = key.split("+", 2)
    public = base64.b64decode(encoded, validate=True)
    assert public[0] == 1 and len(public) == 33
    assert sha(name.encode(), b"\n", public)[:4].hex() == key_id, "the key's id"
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    assert signatures.endswith("\n")
    [line] = signatures.splitlines()
    dash, signer, signature = line.split(" ")
    signature = base64.b64decode(signature, validate=True)
    assert (dash, signer) == ("—", name) and signature[:4].hex() == key_id and len(signature) == 68
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text.encode())
    origin, size, root = text.splitlines()
    assert origin == name and str(int(size)) == size
    return origin, int(size), base64.b64decode(root, validate=True)


def must_fail(note, key, what):
    try:
        opened(note, key)
    except (InvalidSignature, AssertionError, ValueError):
        return
    find(f"{what}: it passes")


# --- What is checked

findings = []


def find(what):
    findings.append(what)
    print(what)


def leaves(folder):
    """The leaf hashes of the log, and its name, from its files."""
    hashes, name = [], None
    for path in sorted(pathlib.Path(folder).glob("*.ndjson")):
        for line in path.read_bytes().split(b"\n"):
            if line.startswith(b'{"segment":'):
                name = json.loads(line)["segment"]["log"]
            elif line and not line.startswith(b'{"commit":'):
                hashes.append(sha(b"\0", line))
    return hashes, name


def check_checkpoint(note, key, hashes, name):
    origin, size, root = opened(note, key)
    if origin != f"accueil/{name}":
        find(f"the origin is {origin}")
    if root != tree(hashes[:size]):
        find(f"the root of {size} events is another")
    must_fail(note.replace(f"\n{size}\n", f"\n{size + 1}\n", 1), key, "another size")
    must_fail(note.replace(base64.b64encode(root).decode(), base64.b64encode(sha()).decode(), 1), key, "another root")
    return size, root


def check_socket(path, folder, seed):
    dice = random.Random(seed)
    hashes, name = leaves(folder)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(path)
    stream = connection.makefile("rw")

    def ask(method, **params):
        stream.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
        stream.flush()
        return json.loads(stream.readline())["result"]

    told = ask("log.checkpoint")
    size, root = check_checkpoint(told["note"], told["verifier_key"], hashes, name)
    if (told["position"], base64.b64decode(told["root"])) != (size, root) or size != len(hashes):
        find("the checkpoint is not what its note says")
    count = 0
    for _ in range(60):
        size = dice.randint(1, len(hashes))
        root = tree(hashes[:size])
        sequence, old = dice.randint(1, size), dice.randint(1, size)
        proof = ask("log.proof", sequence=sequence, size=size)
        path = [base64.b64decode(text, validate=True) for text in proof["hashes"]]
        leaf = hashes[sequence - 1]
        if (base64.b64decode(proof["root"]), base64.b64decode(proof["leaf"])) != (root, leaf):
            find(f"root or leaf of {sequence} in {size}")
        if not includes(sequence - 1, size, leaf, path, root):
            find(f"{sequence} is not proven to be in {size}")
        if includes(sequence - 1, size, sha(b"\0", b"{}"), path, root):
            find(f"anything is proven to be {sequence} in {size}")
        proof = ask("log.proof", size=size, **{"from": old})
        path = [base64.b64decode(text, validate=True) for text in proof["hashes"]]
        old_root = tree(hashes[:old])
        if base64.b64decode(proof["from_root"]) != old_root:
            find(f"the root of {old}")
        if not consistent(old, size, old_root, root, path):
            find(f"{old} is not proven to be the beginning of {size}")
        if consistent(old, size, sha(), root, path):
            find(f"anything is proven to be the beginning of {size}")
        count += 2
    print(f"seed {seed}: {count} proofs of {len(hashes)} events")


def check_files(key, folder, checkpoint, inclusion, consistency, old):
    hashes, name = leaves(folder)
    read = [pathlib.Path(path).read_text() for path in (checkpoint, inclusion, consistency, old)]
    checkpoint, inclusion, consistency, old = read
    check_checkpoint(checkpoint, key, hashes, name)
    old_size, old_root = check_checkpoint(old, key, hashes, name)

    head, note = inclusion.split("\n\n", 1)
    version, index, *path = head.split("\n")
    size, root = check_checkpoint(note, key, hashes, name)
    path = [base64.b64decode(text, validate=True) for text in path]
    if version != "c2sp.org/tlog-proof@v1" or not index.startswith("index "):
        find("the inclusion is no tlog-proof")
    index = int(index.split()[1])
    if not includes(index, size, hashes[index], path, root):
        find(f"index {index} is not proven to be in {size}")

    head, note = consistency.split("\n\n", 1)
    first, *path = head.split("\n")
    size, root = check_checkpoint(note, key, hashes, name)
    path = [base64.b64decode(text, validate=True) for text in path]
    if first != f"old {old_size}" or not consistent(old_size, size, old_root, root, path):
        find(f"{first} is not proven to be the beginning of {size}")
    print(f"{old_size} of {size} events, index {index}")


if __name__ == "__main__":
    what, *arguments = sys.argv[1:] or [None]
    checks = {"socket": lambda path, log, seed: check_socket(path, log, int(seed)), "files": check_files}
    if what not in checks:
        sys.exit(__doc__)
    checks[what](*arguments)
    sys.exit(1 if findings else 0)

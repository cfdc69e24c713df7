#!/usr/bin/env python3
"""Prints what the tests of this folder expect: subjects and ids, made independently.

    python3 tests/core/orchestration/expected.py

base64 and JSON are Python's own; SipHash is written here after its paper (Aumasson and
Bernstein, 2012) and the 128-bit variant of the reference, and checks itself against a
vector of the reference first.
"""
import base64
import json
import uuid

MASK = (1 << 64) - 1


def rotate(x, b):
    return (x << b | x >> (64 - b)) & MASK


def siphash128(key, data):
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE,
         k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(n):
        for _ in range(n):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i : i + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xEE
    rounds(4)
    low = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    rounds(4)
    return low.to_bytes(8, "little") + (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")


# vectors_sip128[0] of the reference implementation.
assert siphash128(bytes(range(16)), b"").hex() == "a3817f04ba25a8e66df67214c7550293"


def uuid8(purpose, *parts):
    """The id made of these parts: each behind its length, then an RFC 9562 version 8."""
    data = b""
    for part in (purpose, *parts):
        raw = part.encode()
        data += len(raw).to_bytes(8, "little") + raw
    raw = bytearray(siphash128(b"xorca identity 1", data))
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(raw))


def subject(process_id, name, version):
    text = json.dumps({"processId": process_id, "name": name, "version": version},
                      separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(text.encode()).decode()


def lock(text):
    return int.from_bytes(uuid8("subject", text).bytes[:8], "big", signed=True)


if __name__ == "__main__":
    print("subjects:")
    for process_id in ("p1", "a\"b\\c\b\f\n\r\t\x01\x1f\x7f", "Bücher/本/😀", "p\0q"):
        print(" ", ascii(process_id), subject(process_id, "summary", "1.0.0"))

    print("identity:")
    for text in (subject("p1", "summary", "1.0.0"), subject("p2", "summary", "1.0.0"), "init"):
        print(" ", text, uuid8("subject", text), lock(text))

    p1 = subject("p1", "summary", "1.0.0")
    print("process made of source /web and id e1:", uuid8("process", "/web", "e1"))
    print("  its subject:", subject(str(uuid8("process", "/web", "e1")), "summary", "1.0.0"))
    print("emits of p1:")
    for revision, index in ((1, 0), (1, 1), (2, 0), (2, 1), (12, 0)):
        print(" ", revision, index, uuid8("event", p1, str(revision), str(index)))
    print("lifecycle of p1:")
    for revision, kind in ((1, "started"), (2, "transitioned"), (2, "completed"), (2, "failed")):
        print(" ", revision, kind, uuid8("lifecycle", p1, str(revision), kind))
    print("timers of p1:")
    waiting, trapped = (str(uuid8("timer", p1, "2", f"xstate.after.5s.summary.{state}"))
                        for state in ("waiting", "trapped"))
    print("  2 waiting", waiting)
    print("  2 trapped", trapped)
    print("errors:")
    for parts in ((p1, "/web", "e1", "AlreadyStarted"), (p1, "/books", "e2", "NotStarted"),
                  ("init", "/web", "e1", "InvalidStart"), (p1, "/web", "e1", "StepFailed"),
                  ("unknown-subject", "/web", "e1", "InvalidStart"),
                  ("unknown-subject", "/web", "e1", "UnknownDefinition"),
                  (p1, "/orchestrations/summary/1.0.0", trapped, "StepFailed")):
        print(" ", *parts, uuid8("error", *parts))

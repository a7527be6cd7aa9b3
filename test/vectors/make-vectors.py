#!/usr/bin/env python3
"""Computes the known answers in keys.json and digests.json, by a second implementation that shares no code with ours.

Run it as `python3 test/vectors/make-vectors.py && npx biome check --write test/vectors` only to add cases. An answer that is there must never change: see the
tests that read these files for what a change would do to open incidents.

Keys: the five parts joined by '/'; an undo's key is the effect's with '/undo'.
Digests: SHA-256 in lower-case hex over the RFC 8785 JSON of the plan without `digest`, `incident` and each step's `line`.
"""
import hashlib
import json
import pathlib

HERE = pathlib.Path(__file__).parent

NAMES = [
    ("INC-142", "contain.disable", "disable", "aws-access-key/111122223333/AKIAIOSFODNN7EXAMPLE/status", 1),
    ("INC-1", "recover.rotate", "rotate", "aws-access-key/111122223333/user/svc-payouts/keys", 2),
    ("INC-7", "alongside.open_ticket", "open_ticket", "ticket", 10),
    ("INC-9007", "close.revoke", "revoke", "aws-access-key/111122223333/AKIAIOSFODNN7EXAMPLE/status", 1),
    ("INC-3", "contain.cut_sessions", "cut_sessions", "aws-access-key/unknown/role/a role with spaces/sessions", 1),
    # Parts of a target that look like the key's own: the number, the undo, another incident.
    ("INC-3", "contain.revoke", "revoke", "github-token/undo/1", 1),
    ("INC-3", "contain.revoke", "revoke", "github-token/INC-4/contain.revoke/revoke/x/1/undo", 3),
    ("INC-3", "contain.restrict", "restrict", "api-key/ключ/🔑/policy", 1),
]


def jcs(value):
    """RFC 8785 for what a plan holds: objects, arrays, strings, booleans, null, integers."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(json.dumps(key, ensure_ascii=False) + ":" + jcs(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(jcs(one) for one in value) + "]"
    if isinstance(value, float):
        raise TypeError("a plan has no fractions")
    return json.dumps(value, ensure_ascii=False)


def digest(plan):
    body = {key: value for key, value in plan.items() if key not in ("digest", "incident")}
    body["steps"] = [{key: value for key, value in step.items() if key != "line"} for step in plan["steps"]]
    return hashlib.sha256(jcs(body).encode("utf-8")).hexdigest()


def fact(value, source="firebreak.yaml:31"):
    return {"value": value, "source": source}


FACTS = {
    "environment": fact("production"),
    "criticality": fact("unknown", "nothing says so"),
    "exposure": fact("public", "alert"),
    "secret": fact("held", "intake"),
    "owner": fact("payments"),
    "subject": fact("none", "identify"),
    "exposed_since": fact("2026-11-24T03:11:00Z", "alert"),
}
BASE = {"needs": [], "line": 1}
SMALL = {
    "ir": 1,
    "incident": "INC-1",
    "playbook": {"name": "aws-access-key", "summary": "Freeze it.", "sha256": "0" * 64},
    "mode": "act",
    "credential": {
        "kind": "aws-access-key",
        "id": "AKIAIOSFODNN7EXAMPLE",
        "account": "111122223333",
        "name": "svc-payouts",
        "principal": "arn:aws:iam::111122223333:user/svc-payouts",
    },
    "facts": FACTS,
    "steps": [
        {
            **BASE,
            "id": "contain.disable",
            "name": "disable",
            "phase": "contain",
            "title": "Disable AKIA…MPLE",
            "kind": "act",
            "verb": "disable",
            "class": "contain",
            "args": {},
            "undo": "pre-image",
            "permissions": ["iam:ListAccessKeys", "iam:UpdateAccessKey"],
            "timeLimitSeconds": 600,
        }
    ],
}
ASKED = {
    **SMALL,
    "incident": "INC-2",
    "mode": "ask",
    "steps": [
        *SMALL["steps"],
        {
            **BASE,
            "line": 17,
            "id": "close.revoke.ask",
            "name": "revoke.ask",
            "phase": "close",
            "title": "Delete AKIA…MPLE for good?",
            "kind": "ask",
            "needs": ["contain.disable"],
            "covers": ["close.revoke"],
            "places": {"service-owner": 1, "security-on-call": 1},
            "tiers": [["ciso"], ["treasury", "ciso"]],
            "withinSeconds": 14400,
            "ifSilent": "hold",
            "ifDenied": "hold",
            "hours": "office",
            "question": "Delete <credential> for good? This cannot be undone.",
            "because": [{"source": "policy", "row": "destroy: production"}],
        },
        {
            **BASE,
            "line": 17,
            "id": "close.revoke",
            "name": "revoke",
            "phase": "close",
            "title": "Delete AKIA…MPLE",
            "kind": "act",
            "needs": ["contain.disable", "close.revoke.ask"],
            "gate": "close.revoke.ask",
            "when": {"disable.state": ["done"]},
            "verb": "revoke",
            "class": "destroy",
            "args": {},
            "permissions": ["iam:DeleteAccessKey"],
            "timeLimitSeconds": 900,
        },
    ],
}
# Every way in which JSON text can be written differently: control characters, quotes, a slash, DEL, two planes.
ODD = {
    **SMALL,
    "incident": "INC-3",
    "credential": {**SMALL["credential"], "name": "a \"b\" \\ / \u0001\b\t\n\f\r\u007f\u2028 € 🔑 ключ"},
    "facts": {**FACTS, "owner": fact("équipe/paiements <none>")},
    "steps": [
        {
            **SMALL["steps"][0],
            "args": {"remove": ["withdraw", "sign"], "z": 0, "a": 9007199254740991, "€": "1", "🔑": "2", "\ufb33": "3"},
        }
    ],
}


def write(name, cases):
    (HERE / name).write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


write(
    "keys.json",
    [
        {
            "name": dict(zip(("incident", "step", "verb", "target", "generation"), parts)),
            "key": "/".join(map(str, parts)),
            "undo": "/".join(map(str, parts)) + "/undo",
        }
        for parts in NAMES
    ],
)
write("digests.json", [{"plan": plan, "digest": digest(plan)} for plan in (SMALL, ASKED, ODD)])

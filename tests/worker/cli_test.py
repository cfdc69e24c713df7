#!/usr/bin/env python3
"""The command line, by the real program: what it prints, where, and with which status.

Expected lines follow the contracts of `simulate` and `eval` and the semantics of XState 5;
none is taken from the program's own output. Usage: cli_test.py PROGRAM SOURCE_FOLDER
"""

import json
import os
import re
import subprocess
import tempfile
import unittest

from program import PROGRAM, SOURCE, Files, xorca

COMMANDS = ["worker", "dev", "mock", "migrate", "topics", "lanes", "validate", "simulate", "render", "test", "catalog",
            "eval", "start",
            "send", "watch", "list", "show"]


class Use(unittest.TestCase):
    def test_help_lists_every_command(self):
        status, out, err = xorca("--help")
        self.assertEqual((status, err), (0, ""))
        for command in COMMANDS:
            self.assertRegex(out, rf"(?m)^  {command} ")

    def test_every_command_has_help_with_an_example(self):
        for command in COMMANDS:
            for arguments in ([command, "--help"], ["--help", command], ["help", command],
                              [command, "-h"]):
                status, out, err = xorca(*arguments)
                self.assertEqual((status, err), (0, ""), arguments)
                self.assertIn(f"Usage\n  xorca {command}", out)
                self.assertRegex(out.split("\nExample\n")[1], rf"\bxorca {command}\b")
                self.assertNotIn("\033", out)

    def test_the_man_page_has_every_command_and_option(self):
        with open(os.path.join(SOURCE, "worker", "xorca.1"), encoding="utf-8") as file:
            page = file.read().replace("\\-", "-")
        for command in COMMANDS:
            self.assertIn(f".SS {command}", page)
            section = page.split(f".SS {command}\n")[1].split("\n.S")[0]
            for option in re.findall(r"(?m)^  (--[a-z-]+)", xorca(command, "--help")[1]):
                if option != "--help":
                    self.assertIn(option, section, command)

    def test_help_of_settings(self):
        status, out, _ = xorca("--help", "settings")
        self.assertEqual(status, 0)
        for name in ("XORCA_GROUP", "XORCA_DELIVERY", "XORCA_KAFKA_<PROPERTY>"):
            self.assertIn(name, out)

    def test_version(self):
        status, out, err = xorca("--version")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"\Axorca \d+\.\d+\.\d+\nlibrdkafka \d+\.\d+\.\d+\n"
                              r"libpq \d+\.\d+\nyajl \d+\.\d+\.\d+\n"
                              r"libmicrohttpd \d+\.\d+\.\d+\n\Z")

    BAD_USE = [
        ([], "no command is given"),
        (["strat"], "strat: no such command; did you mean `xorca start`?"),
        (["validat"], "did you mean `xorca validate`?"),
        (["frobnicate"], "frobnicate: no such command; `xorca --help` lists them"),
        (["--verson"], "--verson: a command comes first"),
        (["--help", "strat"], "did you mean `xorca start`?"),
        (["validate"], "something is missing: xorca validate FILE|FOLDER..."),
        (["list", "extra"], "\"extra\" is too much"),
        (["list", "--statsu", "active"], "--statsu: no such option; did you mean --status?"),
        (["list", "--status", "running"], "\"running\" is none of active, completed, failed"),
        (["list", "--limit", "0"], "--limit: \"0\" is no whole number from 1 to"),
        (["list", "--limit"], "--limit needs a value: --limit N"),
        (["eval"], "something is missing: xorca eval EXPRESSION"),
        (["eval", "--batch", "1"], "--batch takes expressions"),
        (["eval", "1", "--bindings", "[]"], "bindings: an object from names to values is right"),
        (["eval", "1", "--bindings", "{"], "--bindings: line 1, column "),
        (["eval", "1", "--bindings", "@/nowhere/x"], "--bindings: /nowhere/x: No such file"),
        (["eval", "1", "--batch-events", "0"], "--batch-events: \"0\" is no whole number"),
        (["show", "x", "--json", "--diagram"], "one of them"),
        (["lanes", "mend"], "lanes: \"mend\" is not resume"),
        (["lanes", "--lane", "3"], "--lane and --yes are for xorca lanes resume"),
        (["lanes", "resume"], "which lane? --lane N"),
        (["lanes", "resume", "--lane", "x"], "--lane: "),
        (["lanes", "resume", "--lane", "1"], "XORCA_KAFKA_BOOTSTRAP_SERVERS is not set"),
        (["watch"], "XORCA_KAFKA_BOOTSTRAP_SERVERS is not set"),
        (["watch", "--kafka-bootstrap-servrs", "x"], "did you mean --kafka-bootstrap-servers?"),
        (["send", "evt.x", "--kafka-bootstrap-servers", "x"], "--subject is missing"),
        (["start", "Book Summary", "--kafka-bootstrap-servers", "x"], "is no name of a definition"),
        (["start", "a", "--version", "1", "--kafka-bootstrap-servers", "x"], "no version as 1.0.0"),
        (["start", "a", "--input", "3", "--kafka-bootstrap-servers", "x"], "an object is right"),
    ]

    def test_bad_use_is_told_and_is_status_2(self):
        for arguments, message in self.BAD_USE:
            with self.subTest(arguments):
                status, out, err = xorca(*arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertTrue(err.startswith("xorca: ") and err.count("\n") == 1, err)
                self.assertIn(message, err)

    def test_what_is_echoed_cannot_move_the_cursor(self):
        _, _, err = xorca("x\033[2J\ny")
        self.assertEqual(err, "xorca: x\\u001b[2J\\ny: no such command; `xorca --help` lists "
                              "them\n")

    def test_a_full_disk_is_no_success(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE,
                                  timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left on device", done.stderr)


class Settings(unittest.TestCase):
    def test_an_unknown_name_stops_every_command(self):
        for arguments in (["eval", "1"], ["list"], ["worker", "--print-settings"]):
            status, out, err = xorca(*arguments, XORCA_BATCH_EVENT="1")
            self.assertEqual((status, out), (2, ""))
            self.assertEqual(err, "xorca: XORCA_BATCH_EVENT: no such setting; did you mean "
                                  "XORCA_BATCH_EVENTS?\n")

    def test_print_settings_says_where_each_came_from(self):
        status, out, err = xorca("worker", "--print-settings", "--batch-wait-ms", "5",
                                 XORCA_GROUP="orders", XORCA_KAFKA_SASL_PASSWORD="hush",
                                 XORCA_DATABASE_URL="host=db password=hush", PGUSER="me")
        self.assertEqual((status, err), (0, ""))
        rows = {line.split()[0]: line.split() for line in out.splitlines()}
        self.assertEqual(rows["XORCA_GROUP"][1:], ["orders", "environment"])
        self.assertEqual(rows["XORCA_BATCH_WAIT_MS"][1:], ["5", "flag"])
        self.assertEqual(rows["XORCA_BATCH_EVENTS"][1:], ["200", "default"])
        self.assertEqual(rows["XORCA_KAFKA_SASL_PASSWORD"][1:], ["********", "environment"])
        self.assertEqual(rows["XORCA_DATABASE_URL"][1:],
                         ["host=db", "password=********", "environment"])
        self.assertEqual(rows["PGUSER"][1], "me")
        self.assertNotIn("hush", out)

    def test_limits_of_a_step_are_those_of_simulate(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"id": "loop", "version": "1.0.0", "initial": "a", "states": {
                "a": {"always": {"target": "b"}}, "b": {"always": {"target": "a"}}}}, file)
            file.flush()
            status, out, _ = xorca("simulate", file.name, XORCA_STEP_MICROSTEPS_MAX="7")
        self.assertEqual(status, 1)
        self.assertIn("7", json.loads(out)["error"])


GOOD = {"id": "demo", "version": "1.0.0", "initial": "a", "states": {"a": {}}}
ENDED = {"id": "demo", "version": "1.0.0", "initial": "a", "states": {"a": {"type": "final"}}}


class Validate(Files):
    def test_good_files_are_named(self):
        path = self.write("good.json", ENDED)
        self.assertEqual(xorca("validate", path), (0, f"{path}: ok: demo 1.0.0\n", ""))

    def test_a_folder_and_standard_input(self):
        good = self.write("good.json", ENDED)
        self.write("services.json", {})
        self.write("good.test.json", {})
        self.assertEqual(xorca("validate", self.folder), (0, f"{good}: ok: demo 1.0.0\n", ""))
        self.assertEqual(xorca("validate", "-", stdin=json.dumps(ENDED)),
                         (0, "standard input: ok: demo 1.0.0\n", ""))

    def test_the_line_is_shown_with_a_mark(self):
        path = self.write("bad.json", '{"id": "demo", "version": "1.0.0",\n\t"statse": {}}')
        self.assertEqual(xorca("validate", path)[2],
                         f'{path}:2:2: error: unknown key "statse", did you mean "states"? '
                         f'[$.statse]\n     2 |  "statse": {{}}}}\n       |  ^\n')

    def test_lints_warn_and_are_switched_off(self):
        path = self.write("dead.json", GOOD)
        status, out, err = xorca("validate", path)
        self.assertEqual((status, out), (0, f"{path}: ok: demo 1.0.0, 1 warning\n"))
        self.assertRegex(err, r":1:\d+: warning: state \"a\" .* \[\$\.states\.a\] \(dead-end\)\n")
        self.assertEqual(xorca("validate", path, "--fail-on-warning")[0], 2)
        for allowed in ("dead-end", "unreachable-state,dead-end"):
            self.assertEqual(xorca("validate", path, "--fail-on-warning", "--allow", allowed),
                             (0, f"{path}: ok: demo 1.0.0\n", ""))
        status, _, err = xorca("validate", path, "--allow", "ded-end")
        self.assertEqual(status, 2)
        self.assertIn('no lint has the name "ded-end", did you mean dead-end', err)
        self.assertEqual(xorca("validate", path, "--format", "xml")[0], 2)

    def test_problems_as_json(self):
        path = self.write("bad.json", {"id": "demo", "version": "1.0.0", "stats\n": {}})
        status, out, err = xorca("validate", path, "--format", "json")
        self.assertEqual((status, err), (2, ""))
        self.assertEqual([json.loads(line) for line in out.splitlines()], [
            {"file": path, "line": 1, "column": 36, "path": '$["stats\\n"]', "severity": "error",
             "rule": "definition", "message": 'unknown key "stats\\n", did you mean "states"?',
             "remedy": None}])
        status, out, _ = xorca("validate", os.path.join(self.folder, "none"), "--format", "json")
        self.assertEqual((status, json.loads(out)["line"]), (2, None))

    # What XState 6.0.0-alpha.52 throws at, or ignores: each was tried with
    # createMachineFromConfig(json, { evaluators: { cel } }).
    NOT_STRICT = [
        ({"on": {"e": "b"}}, "on.e"),
        ({"on": {"e": ["b"]}}, "on.e[0]"),
        ({"always": "b"}, "always"),
        ({"on": {"e": {"actions": {"type": "log"}}}}, "on.e.actions"),
        ({"on": {"e": {"actions": ["log"]}}}, "on.e.actions[0]"),
        ({"entry": "log"}, "entry"),
        ({"on": {"e": {"guard": "yes"}}}, "on.e.guard"),
        ({"on": {"e": {"guard": {"type": "and", "guards": ["yes"]}}}}, "on.e.guard"),
        ({"on": {"e": {"guard": {"not": "yes"}}}}, "on.e.guard"),
        ({"on": {"e": {"guard": {"type": "bare"}}}}, "$.guards.bare"),
        ({"states": {"x": {"type": "final"}}, "initial": "x", "onDone": {"target": "b"}}, "onDone"),
        ({"states": {"x": {}}, "initial": {"target": "x", "actions": []}}, "initial"),
        ({"states": {"x": {}, "h": {"history": "deep"}}, "initial": "x"}, "states.h"),
        ({"entry": {"type": "@xstate.log", "args": [{"@expr": "1"}]}}, "entry.args[0]"),
        ({"entry": {"type": "@xstate.raise", "event": {"type": "e"}, "delay": "5s"}}, "entry.delay"),
        ({"after": {"1h30m": {"target": "b"}}}, 'after["1h30m"]'),
        ({"after": {"2d": {"target": "b"}}}, 'after["2d"]'),
        ({"timeout": "1m", "onTimeout": {"target": "b"}}, "timeout"),
        ({"emit": {"type": "cmd.x"}}, "emit"),
        ({"invoke": {"src": "cmd.x", "onDone": {"target": "b"}}}, "invoke"),
        ({"choice": [{"target": "b"}]}, ""),
    ]
    STRICT = [
        {"on": {"e": {"target": "b"}, "f": [{"target": "b"}], "g": {}}},
        {"on": {"e": {"actions": [{"type": "log"}]}}, "entry": {"type": "log"}},
        {"on": {"e": {"guard": {"type": "yes"}, "target": "b"}}},
        {"on": {"e": {"guard": {"type": "xstate.stateIn", "params": {"stateId": "demo.a"}}}}},
        {"states": {"x": {"type": "final"}}, "initial": {"target": "x"},
         "on": {"xstate.done.state.demo.a": {"target": "b"}}},
        {"states": {"x": {}, "h": {"history": "deep", "target": "x"}}, "initial": "x"},
        {"entry": {"type": "@xstate.raise", "event": {"type": "e"}, "delay": 5}},
        {"after": {"5000": {"target": "b"}, "250ms": {"target": "b"}, "1.5s": {"target": "b"},
                   "PT1H30M": {"target": "b"}, "P1D": {"target": "b"}, "soon": {"target": "b"}}},
        {"type": "choice", "choice": [{"when": {"@expr": "false"}, "target": "b"},
                                      {"target": "b"}]},
    ]

    def strict(self, state):
        machine = {"@exprLang": "cel", "id": "demo", "version": "1.0.0", "initial": "a",
                   "guards": {"yes": {"when": {"@expr": "true"}}},
                   "actions": {"log": {"type": "@xstate.log", "args": []}},
                   "delays": {"soon": "PT5S"},
                   "states": {"a": state, "b": {"type": "final"}}}
        if "bare" in json.dumps(state):
            machine["guards"]["bare"] = {"@expr": "true"}
        status, out, err = xorca("validate", self.write("m.json", machine), "--strict", "--format",
                                 "json")
        self.assertEqual(err, "")
        found = [json.loads(line) for line in out.splitlines()]
        return status, [problem["path"] for problem in found if problem["rule"] == "strict"]

    def test_what_is_not_strict(self):
        for state, place in self.NOT_STRICT:
            path = place if place.startswith("$") else "$.states.a" + (place and "." + place)
            with self.subTest(path):
                self.assertEqual(self.strict(state), (2, [path]))
        for state in self.STRICT:
            with self.subTest(state):
                self.assertEqual(self.strict(state), (0, []))

    def test_a_language_is_named_where_there_are_expressions(self):
        path = self.write("m.json", dict(ENDED, output={"@expr": "1"}))
        self.assertEqual(xorca("validate", path)[0], 0)
        self.assertEqual(xorca("validate", path, "--strict")[0], 2)
        path = self.write("m.json", dict(ENDED, output={"@expr": "1", "@lang": "cel"}))
        self.assertEqual(xorca("validate", path, "--strict")[0], 0)

    BAD = [
        ("{", r":1:2: error: .*\[\$\]"),
        ("\xff".encode("latin-1"), r":1:1: error: .*\[\$\]"),
        ('{"id":"a",\n "id":"b"}', r':2:2: error: duplicate key "id" \[\$\]'),
        ("[" * 10000 + "]" * 10000, r":1:129: error: .*128"),
        (dict(GOOD, stats={}), r':\d+:\d+: error: .*"stats".*"states".* \[\$\.stats\]'),
        (dict(GOOD, states={"a": {"on": {"evt.x": {"target": "nowhere"}}}}),
         r':\d+:\d+: error: .*nowhere.*\[\$\.states\.a\.on\["evt\.x"\].*target\]'),
        (dict(GOOD, states={"a": {"on": {"evt.x": {"target": "a", "guard": {"@expr": "1 +"}}}}}),
         r':\d+:\d+: error: .*\[\$\.states\.a\.on\["evt\.x"\].*guard\]'),
        (dict(GOOD, states={"a": {"entry": [{"type": "@xstate.emit",
                                             "event": {"type": "evt.x"}}]}}),
         r":\d+:\d+: error: .*evt\.x.*\[\$\.states\.a\.entry\[0\].*\]"),
    ]

    def test_each_problem_has_its_place(self):
        for content, pattern in self.BAD:
            with self.subTest(pattern):
                path = self.write("bad.json", content)
                status, out, err = xorca("validate", path)
                self.assertEqual((status, out), (2, ""))
                self.assertRegex(err, f"(?m)^{re.escape(path)}{pattern}")

    def test_all_problems_of_all_files(self):
        good = self.write("good.json", ENDED)
        bad = self.write("bad.json", {"id": 1, "version": 2, "stats": 3})
        status, out, err = xorca("validate", bad, good, os.path.join(self.folder, "none"))
        self.assertEqual(status, 2)
        self.assertEqual(out, f"{good}: ok: demo 1.0.0\n")
        self.assertGreaterEqual(err.count(f"\n{bad}:1:"), 2)
        self.assertIn("No such file or directory", err)

    def test_the_example(self):
        path = os.path.join(SOURCE, "deploy/examples/book-summary/book-summary.json")
        self.assertEqual(xorca("validate", path), (0, f"{path}: ok: book-summary 1.0.0\n", ""))


MACHINE = {
    "@exprLang": "cel", "id": "m", "version": "1.0.0",
    "context": {"n": {"@expr": "input.n"}}, "initial": "idle",
    "output": {"@expr": "context.n * 10"},
    "states": {
        "idle": {"tags": ["waiting"],
                 "on": {"evt.go": {"target": "busy", "guard": {"@expr": "event.data.ok"}},
                        "evt.bad": {"target": "busy",
                                    "actions": [{"type": "@xstate.assign",
                                                 "context": {"n": {"@expr": "1 / 0"}}}]}}},
        "busy": {"entry": [{"type": "@xstate.assign",
                            "context": {"n": {"@expr": "context.n + 1"}}},
                           {"type": "@xstate.emit",
                            "event": {"type": "cmd.x", "data": {"n": {"@expr": "context.n"}}}},
                           {"type": "@xstate.log", "args": ["n is", {"@expr": "context.n"}]}],
                 "after": {"5s": {"target": "late"}},
                 "on": {"evt.done": {"target": "done"}}},
        "late": {"after": {"1s": {"target": "done"}}},
        "done": {"type": "final"}}}

IDLE = {"value": "idle", "context": {"n": 1}, "status": "active", "output": None, "actions": [],
        "tags": ["waiting"], "historyValue": {}}
AFTER_5S, AFTER_1S = "xstate.after.5s.m.busy", "xstate.after.1s.m.late"


def raised(timer, delay):
    return {"type": "@xstate.raise", "event": {"type": timer}, "id": timer, "delay": delay}


BUSY = {"value": "busy", "context": {"n": 2}, "status": "active", "output": None, "tags": [],
        "historyValue": {},
        "actions": [{"type": "@xstate.emit", "event": {"type": "cmd.x", "data": {"n": 2}}},
                    {"type": "@xstate.log", "args": ["n is", 2]}, raised(AFTER_5S, 5000)]}
GO = {"type": "evt.go", "data": {"ok": True}}


def advance(ms):
    return {"type": "xorca.advance", "data": {"ms": ms}}


class Simulate(Files):
    def simulate(self, events, *arguments, machine=None):
        path = self.write("m.json", machine or MACHINE)
        lines = "".join(event if isinstance(event, str) else json.dumps(event) + "\n"
                        for event in events)
        status, out, err = xorca("simulate", path, "--input", '{"n":1}', *arguments, stdin=lines)
        return status, [json.loads(line) for line in out.splitlines()], err

    def test_a_line_for_the_start_and_for_each_event(self):
        status, lines, err = self.simulate([{"type": "evt.none"}, GO, {"type": "evt.done"}])
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(lines[:3], [IDLE, IDLE, BUSY])
        self.assertEqual(lines[3], {"value": "done", "context": {"n": 2}, "status": "done",
                                    "output": 20, "tags": [], "historyValue": {},
                                    "actions": [{"type": "@xstate.cancel", "id": AFTER_5S}]})
        self.assertEqual(list(lines[0]), ["value", "context", "status", "output", "actions",
                                          "tags", "historyValue"])

    def test_the_clock_moves_from_timer_to_timer(self):
        status, lines, _ = self.simulate([GO, advance(4999), advance(1), advance(999), advance(1)])
        self.assertEqual(status, 0)
        self.assertEqual([line["value"] for line in lines],
                         ["idle", "busy", "busy", "late", "late", "done"])
        self.assertIn(raised(AFTER_1S, 1000), lines[3]["actions"])

    def test_one_advance_fires_what_it_starts(self):
        status, lines, _ = self.simulate([GO, advance(6000)])
        self.assertEqual(status, 0)
        self.assertEqual((lines[2]["value"], lines[2]["status"]), ("done", "done"))
        self.assertIn(raised(AFTER_1S, 1000), lines[2]["actions"])
        _, lines, _ = self.simulate([GO, advance(5999)])
        self.assertEqual(lines[2]["value"], "late")

    def test_an_event_that_fails_changes_nothing(self):
        status, lines, err = self.simulate([{"type": "evt.bad"}, GO])
        self.assertEqual((status, err), (1, ""))
        problem = lines[1].pop("error")
        self.assertRegex(problem, "(?i)division by zero")
        self.assertEqual(lines[1], dict(IDLE, status="error"))
        self.assertEqual(lines[2], BUSY)

    def test_a_guard_that_fails_is_an_event_that_fails(self):
        status, lines, _ = self.simulate([{"type": "evt.go"}])
        self.assertEqual(status, 1)
        self.assertEqual((lines[1]["value"], lines[1]["status"]), ("idle", "error"))

    def test_a_start_that_fails(self):
        path = self.write("m.json", MACHINE)
        status, out, _ = xorca("simulate", path, stdin=json.dumps(GO))
        line = json.loads(out)
        self.assertEqual((status, line["value"], line["status"]), (1, None, "error"))
        self.assertIn("n", line["error"])

    def test_now_is_the_virtual_clock(self):
        machine = {"id": "m", "version": "1.0.0", "initial": "a",
                   "context": {"t": {"@expr": "string(now)"}}, "states": {"a": {}}}
        for arguments, expected in [([], "1970-01-01T00:00:00Z"),
                                    (["--now", "2026-01-02T03:04:05Z"], "2026-01-02T03:04:05Z"),
                                    (["--now", "1000"], "1970-01-01T00:00:01Z")]:
            _, lines, _ = self.simulate([], *arguments, machine=machine)
            self.assertEqual(lines[0]["context"]["t"], expected)

    BAD_LINES = [
        ('{"type":', "standard input, line 2: line 1, column "),
        ("[]", 'standard input, line 2: an event is an object with a string "type"'),
        ('{"type":1}', 'standard input, line 2: an event is an object with a string "type"'),
        (json.dumps(advance(-1)), "standard input, line 2: xorca.advance: data.ms must be"),
        (json.dumps(advance(2 ** 63 - 1)), "standard input, line 2: xorca.advance: data.ms must"),
        ('{"type":"xorca.advance"}', "standard input, line 2: xorca.advance: data.ms must be"),
        ('{"type":"' + "x" * (1 << 20) + '"}', "line 2: longer than 1048576 bytes"),
    ]

    def test_a_line_that_is_no_event_ends_it(self):
        for line, message in self.BAD_LINES:
            with self.subTest(message):
                status, lines, err = self.simulate([json.dumps(GO) + "\n", line])
                self.assertEqual((status, len(lines)), (2, 2))
                self.assertTrue(err.startswith("xorca: "))
                self.assertIn(message, err)

    def test_timers_that_never_rest_are_stopped(self):
        machine = {"id": "m", "version": "1.0.0", "initial": "a",
                   "states": {"a": {"after": {"0s": {"target": "b"}}},
                              "b": {"after": {"0s": {"target": "a"}}}}}
        status, _, err = self.simulate([advance(0)], machine=machine)
        self.assertEqual(status, 1)
        self.assertIn("more than 100000 timers", err)

    def test_a_bad_definition(self):
        path = self.write("m.json", dict(MACHINE, initial="nowhere"))
        status, out, err = xorca("simulate", path)
        self.assertEqual((status, out), (2, ""))
        self.assertRegex(err, r"\A\S+m\.json:1:\d+: error: [^\n]*nowhere[^\n]* \[\$\.initial\]\n\Z")


class Eval(unittest.TestCase):
    """Values as the language definition has them (cel-spec, langdef.md)."""

    GOOD = [
        ("1 + 2", {"type": "int", "value": "3"}),
        ("9223372036854775807", {"type": "int", "value": "9223372036854775807"}),
        ("18446744073709551615u", {"type": "uint", "value": "18446744073709551615"}),
        ("0.5", {"type": "double", "value": 0.5}),
        ("true && !false", {"type": "bool", "value": True}),
        ("'a' + 'b'", {"type": "string", "value": "ab"}),
        ("b'abc'", {"type": "bytes", "value": "YWJj"}),
        ("null", {"type": "null_type", "value": None}),
        ("[1, 'a']", {"type": "list", "value": [{"type": "int", "value": "1"},
                                                {"type": "string", "value": "a"}]}),
        ("{'a': 1u}", {"type": "map", "value": [[{"type": "string", "value": "a"},
                                                 {"type": "uint", "value": "1"}]]}),
        ("type(1)", {"type": "type", "value": "int"}),
    ]

    def test_values(self):
        for expression, expected in self.GOOD:
            with self.subTest(expression):
                status, out, err = xorca("eval", expression)
                self.assertEqual((status, err, out.count("\n")), (0, "", 1))
                self.assertEqual(json.loads(out), expected)

    def test_errors_are_status_1(self):
        for expression, message in [("1 +", "line 1, column 4"), ("1 / 0", "(?i)division by zero"),
                                    ("[1][5]", "."), ("nobody", "nobody")]:
            status, out, err = xorca("eval", expression)
            self.assertEqual((status, err), (1, ""), expression)
            self.assertEqual(list(json.loads(out)), ["error"])
            self.assertRegex(json.loads(out)["error"], message)

    def test_bindings(self):
        bindings = {"x": {"type": "int", "value": "40"}, "y": {"json": {"a": [1, 2.5, "s"]}}}
        status, out, _ = xorca("eval", "--bindings", json.dumps(bindings), "x + y.a[0] + 1")
        self.assertEqual((status, json.loads(out)), (0, {"type": "int", "value": "42"}))

    def test_a_batch_answers_every_line(self):
        lines = ['{"expr":"1 + 1"}', '{"expr":"1 / 0"}', "not json", "", "[]", '{"expr":5}',
                 '{"expr":"x","bindings":{"x":{"type":"uint","value":"7"}}}',
                 '{"expr":"x","bindings":{"x":{"type":"nonsense","value":"7"}}}',
                 '{"expr":"\'last\'"}']
        status, out, err = xorca("eval", "--batch", stdin="\n".join(lines))
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual((status, err, len(answers)), (0, "", len(lines)))
        self.assertEqual(answers[0], {"type": "int", "value": "2"})
        self.assertEqual(answers[6], {"type": "uint", "value": "7"})
        self.assertEqual(answers[8], {"type": "string", "value": "last"})
        for i in (1, 2, 3, 4, 5, 7):
            self.assertEqual(list(answers[i]), ["error"], lines[i])


class Mock(Files):
    def test_a_bad_file_is_told_before_anything_else(self):
        path = self.write("services.json", {"services": [{
            "command": "cmd.a", "answers": [{"type": "evt.a", "data": {"@expr": "1 +"}}],
            "dealy_ms": 1}]})
        status, out, err = xorca("mock", path)
        self.assertEqual((status, out), (2, ""))
        self.assertRegex(err, r':1:15: error: "dealy_ms" .*did you mean "delay_ms"\? \[\$\.services\[0\]\]')
        self.assertRegex(err, r":1:\d+: error: .*\[\$\.services\[0\]\.answers\[0\]\.data\]")
        self.assertTrue(err.splitlines()[-1].startswith("xorca: "))

    def test_the_example_is_good(self):
        path = os.path.join(SOURCE, "deploy/examples/book-summary/services.json")
        _, _, err = xorca("mock", path)
        self.assertIn("XORCA_KAFKA_BOOTSTRAP_SERVERS is not set", err)


if __name__ == "__main__":
    unittest.main(verbosity=1)

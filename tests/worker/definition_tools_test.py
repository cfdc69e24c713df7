#!/usr/bin/env python3
"""`simulate --explain` and `--interactive`, `render`, `test` and `catalog`, by the real program.

What is expected follows from the definitions by the semantics of XState 5; none of it is taken
from the program's own output. Usage: definition_tools_test.py PROGRAM SOURCE_FOLDER
"""

import json
import os
import pty
import re
import select
import subprocess
import time
import unittest
from xml.etree import ElementTree

from program import PROGRAM, SOURCE, Files, xorca


def after(text, word):
    """The part of a text behind the first place of a word."""
    return text.split(word, 1)[1]


# Two regions; the outer state, the wildcard and the second candidate never get their turn.
CHOOSY = {
    "id": "m", "version": "1.0.0", "initial": "work",
    "context": {"n": {"@expr": "input.n"}},
    "on": {"evt.go": {"target": ".late"}},
    "states": {
        "work": {
            "on": {"evt.go": [{"guard": {"@expr": "context.n > 5"}, "target": "done"},
                              {"guard": {"@expr": "context.n > 0"}, "target": "late"},
                              {"target": "work"}],
                   "evt.*": {"target": "done"},
                   "evt.bad": {"guard": {"@expr": "1 / 0 == 1"}, "target": "done"}},
            "after": {"5s": {"target": "late"}}},
        "late": {"on": {"evt.end": {"target": "done"}}},
        "done": {"type": "final"}}}


class Explain(Files):
    def explain(self, events, machine=None):
        path = self.write("m.json", machine or CHOOSY)
        lines = "".join(json.dumps(event) + "\n" for event in events)
        status, out, _ = xorca("simulate", path, "--explain", "--input", '{"n":1}', stdin=lines)
        return status, out

    def test_each_transition_has_its_reason(self):
        status, out = self.explain([{"type": "evt.go"}])
        self.assertEqual(status, 0)
        self.assertEqual(after(out, "  event      evt.go\n").splitlines(), [
            "  not taken  work: evt.go [context.n > 5] -> done: its guard does not hold",
            "  not taken  work: evt.go -> work: one before it in its state is",
            "  not taken  work: evt.* -> done: one before it in its state is",
            "  not taken  m: evt.go -> late: a state further in answers",
            "  taken      work: evt.go [context.n > 0] -> late",
            "  exits      work",
            "  enters     late",
            "  cancels    timer xstate.after.5s.m.work",
            "  state      late",
            ""])

    def test_a_guard_that_fails_and_an_event_that_nobody_hears(self):
        status, out = self.explain([{"type": "evt.bad"}, {"type": "xorca.x"}])
        self.assertEqual(status, 1)
        self.assertIn("  failed     work: evt.bad [1 / 0 == 1] -> done: its guard cannot be "
                      "evaluated\n", out)
        self.assertRegex(out, r"(?m)^  error      .*(?i:division by zero).*: nothing changed$")
        self.assertIn("  event      xorca.x: no active state listens to it\n", out)

    def test_regions_that_get_in_each_others_way(self):
        region = {"initial": "a", "states": {"a": {"on": {"evt.x": {"target": "#m.out"}}}}}
        machine = {"id": "m", "version": "1.0.0", "initial": "p",
                   "states": {"p": {"type": "parallel", "states": {"r": region, "s": region}},
                              "out": {}}}
        _, out = self.explain([{"type": "evt.x"}], machine)
        self.assertIn("  not taken  p.s.a: evt.x -> out: it would exit what another one exits\n"
                      "  taken      p.r.a: evt.x -> out\n", out)


class Interactive(Files):
    def converse(self, *answers):
        """Types answers at a terminal; returns status and what was on the screen."""
        path = self.write("m.json", CHOOSY)
        controller, terminal = pty.openpty()
        with subprocess.Popen([PROGRAM, "simulate", path, "--interactive", "--input", '{"n":1}'],
                              stdin=terminal, stdout=terminal, stderr=terminal) as process:
            os.close(terminal)
            screen, waiting, end = b"", list(answers), time.monotonic() + 60
            while time.monotonic() < end:
                try:
                    readable, _, _ = select.select([controller], [], [], 60)
                    screen += os.read(controller, 65536) if readable else b""
                except OSError:  # the program has closed its end
                    break
                if screen.endswith(b"> ") and waiting:
                    os.write(controller, waiting.pop(0).encode())
            status = process.wait(timeout=60)
        os.close(controller)
        return status, screen.decode().replace("\r\n", "\n")

    def test_a_conversation(self):
        status, screen = self.converse("9\n", "evt.*\n", "evt.go {\n", "+\n", "1 {\"a\": 1}\n")
        self.assertEqual(status, 0)
        for line in ("  1  evt.go\n", "  +  to the timer that is due in 5000 ms: "
                     "xstate.after.5s.m.work\n", "\"9\" is not among the numbers 1 to ",
                     "\"evt.*\" stands for many types", "the data behind the type: line 1",
                     "  taken      work: after 5s -> late\n",
                     "  taken      late: evt.end -> done\n", "  state      done, done\n"):
            self.assertIn(line, screen)

    def test_it_ends_with_the_input(self):
        status, screen = self.converse("+1s\n", "\x04")
        self.assertEqual(status, 0)
        self.assertIn("due in 4000 ms", screen)

    def test_it_needs_a_terminal(self):
        path = self.write("m.json", CHOOSY)
        status, out, err = xorca("simulate", path, "--interactive")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("--interactive needs a terminal", err)


EXAMPLES = os.path.join(SOURCE, "deploy", "examples")
NOT_DEFINITIONS = ("services.json", "input.json")


def example_definitions():
    """Each example's folder has one definition beside services, input and scenarios."""
    for folder in sorted(os.listdir(EXAMPLES)):
        for name in sorted(os.listdir(os.path.join(EXAMPLES, folder))):
            if name.endswith(".json") and not name.endswith(".test.json") and \
                    name not in NOT_DEFINITIONS:
                yield os.path.join(EXAMPLES, folder, name)


def states_of(definition):
    """What all states are called in a picture, however deep: their keys, of history UML's H."""
    for key, state in definition.get("states", {}).items():
        deep = "*" if state.get("history") == "deep" else ""
        yield "H" + deep if state.get("type") == "history" else key
        yield from states_of(state)


class Render(Files):
    def svg(self, path):
        status, out, err = xorca("render", path, "--format", "svg")
        self.assertEqual((status, err), (0, ""), path)
        return [text.text for text in ElementTree.fromstring(out).iter()
                if text.tag.endswith("}text")]

    def test_every_example_in_every_format(self):
        for path in example_definitions():
            with open(path, encoding="utf-8") as file:
                keys = set(states_of(json.load(file)))
            for name, beginning in (("mermaid", "stateDiagram-v2\n"), ("dot", "digraph ")):
                status, out, err = xorca("render", path, "--format", name)
                self.assertEqual((status, err), (0, ""), path)
                self.assertTrue(out.startswith(beginning))
                for key in keys:
                    self.assertIn(key, out)
            self.assertLessEqual(keys, set(self.svg(path)), path)

    def test_what_stands_in_the_picture(self):
        machine = {
            "id": "m", "version": "1.2.3", "initial": "p",
            "states": {
                "p": {"type": "parallel",
                      "on": {"evt.inside": {"target": ".r.b"}, "evt.out": {"target": "end"}},
                      "states": {
                          "r": {"initial": "a", "states": {
                              "a": {"entry": [{"type": "@xstate.emit", "event": {"type": "cmd.x"}}],
                                    "on": {"evt.go": {"target": "b",
                                                      "guard": {"@expr": "1 <\n  2 && true"}},
                                           "evt.stay": {"actions": [{"type": "@xstate.log",
                                                                     "args": [1]}]}},
                                    "after": {"5s": {"target": "b"}}},
                              "b": {"type": "final"}}},
                          "s": {}},
                      "onDone": {"target": "end"}},
                "end": {"type": "final", "tags": ["failed"]}}}
        texts = self.svg(self.write("m.json", machine))
        for text in ("m", "version 1.2.3", "p", "r", "s", "a", "b", "end", "sends cmd.x",
                     "evt.go", "[1 < 2 && true]", "after 5s", "evt.out", "done", "any state",
                     "evt.inside", "evt.stay"):
            self.assertIn(text, texts)

    def test_names_that_could_be_taken_for_markup(self):
        for key in ('a"b', "<b>&amp;</b>", "a\\N", "x->y", "a\nb", "Zustand ü", "{a|b}", "%d"):
            machine = {"id": "m", "version": "1.0.0", "initial": key, "states": {key: {}}}
            texts = self.svg(self.write("m.json", machine))
            self.assertIn(key.replace("\n", " "), [text.replace("\u00a0", " ") for text in texts])

    def test_without_graphviz(self):
        status, out, err = xorca("render", next(example_definitions()), "--format", "svg",
                                 PATH=self.folder)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("Graphviz' program dot, which is not installed", err)

    def test_a_dot_that_fails(self):
        program = self.write("dot", "#!/bin/sh\nexit 3\n")
        os.chmod(program, 0o755)
        status, _, err = xorca("render", next(example_definitions()), "--format", "svg",
                               PATH=self.folder + ":/bin")
        self.assertEqual(status, 1)
        self.assertIn("dot ended with status 3", err)

    def test_bad_use(self):
        status, _, err = xorca("render", next(example_definitions()), "--format", "png")
        self.assertEqual(status, 2)
        self.assertIn('--format: "png" is none of mermaid, dot, svg', err)
        status, _, err = xorca("render", self.write("m.json", {"id": "m"}))
        self.assertEqual(status, 2)
        self.assertIn("$", err)


DOOR = {
    "id": "door", "version": "1.0.0", "initial": "shut",
    "context": {"opened": 0, "who": {"@expr": "input.who"}},
    "states": {
        "shut": {"on": {"evt.open": {"target": "open", "actions": [
            {"type": "@xstate.assign", "context": {"opened": {"@expr": "context.opened + 1"}}},
            {"type": "@xstate.emit", "event": {"type": "cmd.bell", "data": {"times": 2}}},
            {"type": "@xstate.emit", "event": {"type": "notif.open"}}]},
            "evt.bad": {"actions": [{"type": "@xstate.assign",
                                     "context": {"opened": {"@expr": "1 / 0"}}}]}}},
        "open": {"after": {"5s": {"target": "gone"}}, "on": {"evt.shut": {"target": "shut"}}},
        "gone": {"type": "final", "tags": ["failed"]}}}
OPEN = {"event": {"type": "evt.open"}}


class Scenarios(Files):
    def run_steps(self, *steps, expect=None, arguments=(), machine=None, name="one", **scenario):
        """Runs one scenario of the door."""
        self.write("door.json", machine or DOOR)
        scenario = dict({"name": name, "input": {"who": "me"}, "steps": list(steps)}, **scenario)
        if expect is not None:
            scenario["expect"] = expect
        path = self.write("door.test.json", {"definition": "door.json", "scenarios": [scenario]})
        return xorca("test", path, *arguments)

    def test_what_holds(self):
        status, out, err = self.run_steps(
            {"event": {"type": "evt.other"}, "expect": {"ignored": True, "emitted": []}},
            {"event": {"type": "evt.bad"}, "expect": {"error": "division", "state": "shut"}},
            dict(OPEN, expect={
                "state": "open", "status": "active", "ignored": False, "tags": [],
                "context": {"opened": 1}, "output": None,
                "emitted": [{"type": "cmd.bell", "data": {"times": 2}}, "notif.open"],
                "that": ["event.type == 'evt.open'", "emitted.size() == 2", "input.who == 'me'",
                         "now == timestamp('2026-01-02T00:00:00Z')", "state == 'open'",
                         "logged == []", "output == null", "status == 'active'"]}),
            {"advance": 4999, "expect": {"state": "open"}},
            {"advance": "1ms", "expect": {"state": "gone", "status": "done", "tags": ["failed"]}},
            expect={"state": "shut", "that": ["event == null"]}, now="2026-01-02T00:00:00Z")
        self.assertEqual((status, err), (0, ""), out)
        self.assertIn("1 passed, 0 failed\n", out)
        self.assertIn("2 of 4 transitions (50 %), 3 of 3 states\n"
                      "    not taken    shut: evt.bad (stays)\n", out)

    # What a person reads when it is otherwise; steps, and the lines below the heading.
    DIFFERENCES = [
        ({"state": "shut"}, ['state', '  - expected "shut"', '  + is       "open"']),
        ({"state": {"open": {}, "x": {}}}, ['state', '  - expected {"open":{},"x":{}}',
                                            '  + is       "open"']),
        ({"status": "done"}, ['status', '  - expected "done"', '  + is       "active"']),
        ({"ignored": True}, ['ignored', '  - expected true', '  + is       false']),
        ({"context": {"opened": 2, "nobody": 1}},
         ['context.opened', '  - expected 2', '  + is       1',
          'context.nobody', '  - expected 1', '  + is       missing']),
        ({"emitted": ["cmd.bell", "cmd.light"]},
         ['emitted', '             cmd.bell', '  - expected cmd.light', '  + is       notif.open']),
        ({"emitted": ["notif.open"]},
         ['emitted', '  + is       cmd.bell', '             notif.open']),
        ({"emitted": [{"type": "cmd.bell", "data": {"times": 3}}, "notif.open"]},
         ['emitted[0].data.times', '  - expected 3', '  + is       2']),
        ({"output": 1}, ['output', '  - expected 1', '  + is       null']),
        ({"tags": ["failed"]}, ['tags', '  - expected ["failed"]', '  + is       []']),
        ({"error": "x"}, ['error', '  - expected "x"', '  + is       null']),
        ({"that": ["context.opened > 1"]},
         ['that context.opened > 1', '  - expected true', '  + is       false',
          '    with context = {"opened":1,"who":"me"}']),
        ({"that": ["context.opened"]},
         ['that context.opened', '  - expected true', '  + is       int',
          '    with context = {"opened":1,"who":"me"}']),
    ]

    def test_what_differs(self):
        for expect, lines in self.DIFFERENCES:
            with self.subTest(expect):
                status, out, _ = self.run_steps(dict(OPEN, expect=expect))
                self.assertEqual(status, 1)
                lines = ["step 1, evt.open ($.scenarios[0].steps[0])", *lines]
                self.assertEqual(out.split("\n\n")[0].splitlines()[2:],
                                 ["       " + line for line in lines])
                self.assertIn("0 passed, 1 failed\n", out)

    def test_an_event_that_fails_unexpectedly(self):
        status, out, _ = self.run_steps({"event": {"type": "evt.bad"}})
        self.assertEqual(status, 1)
        self.assertRegex(out, r"(?m)^ +error\n +- expected null\n +\+ is +\".*(?i:division by zero)")

    def test_a_start_that_fails(self):
        self.assertEqual(self.run_steps(input={}, expect={"error": "who"})[0], 0)
        status, out, _ = self.run_steps(OPEN, input={}, expect={"error": "who"})
        self.assertEqual(status, 1)
        self.assertIn("the start failed: no further step can be taken", out)

    def test_junit(self):
        name = "<a> & \"b\" \u0001 \uffff ü"
        status, out, _ = self.run_steps(dict(OPEN, expect={"state": "<shut>"}), name=name,
                                        arguments=["--format", "junit"])
        self.assertEqual(status, 1)
        root = ElementTree.fromstring(out)
        self.assertEqual((root.tag, root.get("tests"), root.get("failures")),
                         ("testsuites", "1", "1"))
        case = root.find("testsuite/testcase")
        self.assertEqual((case.get("classname"), case.get("name")),
                         ("door", "<a> & \"b\" \ufffd \ufffd ü"))
        self.assertIn('- expected "<shut>"', case.find("failure").text)
        self.assertEqual([item.get("value") for item in root.iter("property")],
                         ["4", "1", "3", "2"])

    def test_tap(self):
        status, out, _ = self.run_steps(dict(OPEN, expect={"state": "shut"}), name="a # b",
                                        arguments=["--format", "tap"])
        self.assertEqual(status, 1)
        lines = out.splitlines()
        self.assertEqual(lines[:2], ["TAP version 14", "1..1"])
        self.assertRegex(lines[2], r"^not ok 1 - .*door\.test\.json: a \\# b$")
        self.assertEqual((lines[3], lines[4]), ("  ---", "  message: |"))
        self.assertIn("  ...", lines)

    def test_the_least_coverage(self):
        status, _, err = self.run_steps(OPEN, arguments=["--coverage-min", "25"])
        self.assertEqual((status, err), (0, ""))
        status, out, err = self.run_steps(OPEN, arguments=["--coverage-min", "26"])
        self.assertEqual(status, 1)
        self.assertIn("1 of 4 transitions are covered, less than 26 %", err)
        self.assertIn("    not taken    open: after 5s -> gone\n", out)
        self.assertIn("    not entered  gone\n", out)

    def test_files_of_one_definition_cover_it_together(self):
        self.write("door.json", DOOR)
        for name, steps in (("a", [OPEN]), ("b", [OPEN, {"event": {"type": "evt.shut"}}])):
            self.write(name + ".test.json", {"definition": "door.json", "scenarios": [
                {"name": name, "input": {"who": "me"}, "steps": steps}]})
        status, out, _ = xorca("test", self.folder + "/")
        self.assertEqual(status, 0)
        self.assertIn("/door.json: 2 of 4 transitions (50 %), 2 of 3 states\n", out)
        self.assertIn("2 passed, 0 failed\n", out)

    GOOD = {"definition": "door.json", "scenarios": [{"name": "one", "steps": [OPEN]}]}
    BAD_FILES = [
        ("{", "1:2: error: "),
        ([], "must be an object, not of type array [$]"),
        ({"scenarios": []}, '"definition" is missing [$]'),
        (dict(GOOD, scenario=[]), '"scenario" is not known here; did you mean "scenarios"?'),
        (dict(GOOD, scenarios=[{"steps": []}]), '"name" is missing [$.scenarios[0]]'),
        ([{"advance": "5 s"}], "must be a span of time"),
        ([{"advance": -1}], "must be a span of time"),
        ([{}], 'must have either an "event" or a time to "advance" by [$.scenarios[0].steps[0]]'),
        ([dict(OPEN, advance=1)], 'must have either an "event" or'),
        ([{"event": {}}], '"type" is missing [$.scenarios[0].steps[0].event]'),
        ([dict(OPEN, expect={"stat": "x"})], 'did you mean "state"?'),
        ([dict(OPEN, expect={"state": 1})], "must be a state"),
        ([dict(OPEN, expect={"status": "don"})], 'must be "active" or "done", not "don"'),
        ([dict(OPEN, expect={"emitted": [1]})], "must be a type"),
        ([dict(OPEN, expect={"ignored": 1})], "must be true or false, not of type number"),
        ([dict(OPEN, expect={"that": ["contxt.x"]})], "[$.scenarios[0].steps[0].expect.that[0]]"),
        (dict(GOOD, definition="none.json"), "none.json"),
    ]

    def test_files_that_are_wrong(self):
        self.write("door.json", DOOR)
        for content, message in self.BAD_FILES:
            with self.subTest(message):
                if isinstance(content, list) and content:
                    content = dict(self.GOOD, scenarios=[{"name": "one", "steps": content}])
                status, out, err = xorca("test", self.write("bad.test.json", content))
                self.assertEqual((status, out), (2, ""))
                self.assertIn(message, err)

    def test_bad_use(self):
        for arguments, message in (([self.folder], "has no scenarios (*.test.json)"),
                                   ([self.folder, "--format", "xml"], '"xml" is none of'),
                                   ([self.folder, "--coverage-min", "101"], "from 0 to 100")):
            status, _, err = xorca("test", *arguments)
            self.assertEqual(status, 2)
            self.assertIn(message, err)

    def test_the_examples_cover_all_of_their_transitions(self):
        folders = [os.path.join(EXAMPLES, name) for name in sorted(os.listdir(EXAMPLES))
                   if os.path.isdir(os.path.join(EXAMPLES, name))]
        status, out, err = xorca("test", *folders, "--coverage-min", "100")
        self.assertEqual((status, err), (0, ""), out)
        self.assertEqual(out.count("(100 %)"), len(folders))


def types_of(schemas):
    """The constant types of a list of event schemas."""
    return [schema["properties"]["type"].get("const") for schema in schemas]


class Catalog(Files):
    def catalog(self, *definitions):
        paths = [self.write(f"{number}.json", definition)
                 for number, definition in enumerate(definitions)]
        status, out, err = xorca("catalog", *paths)
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def test_what_a_definition_sends_and_listens_to(self):
        (entry,) = self.catalog(dict(DOOR, description="A door."))
        self.assertEqual((entry["name"], entry["description"]), ("door", "A door."))
        (version,) = entry["machineSchema"]
        self.assertEqual(version["version"], "1.0.0")
        # Of xOrca's catalogue: the start, its errors, each state, what answers all others.
        self.assertEqual(types_of(version["orchestrationInit"]["accepts"]), ["xorca.door.start"])
        self.assertEqual(sorted(types_of(version["orchestrationInit"]["emits"])),
                         ["sys.xorca.door.start.error", "xorca.door.start.error"])
        states = {state["state"]: (types_of(state["emits"]), types_of(state["accepts"]))
                  for state in version["orchestrationEvents"]}
        self.assertEqual(states, {"shut": (["cmd.bell", "notif.open"], ["evt.open", "evt.bad"]),
                                  "open": ([], ["evt.shut"])})
        error = version["orchestrationError"]
        self.assertEqual(types_of(error["accepts"]), ["evt.open", "evt.bad", "evt.shut"])
        self.assertEqual(types_of(error["emits"]), ["xorca.orchestrator.door.error"])
        self.assertEqual(types_of(version["orchestrationLifecycle"]["emits"]),
                         [f"notif.xorca.door.{kind}" for kind in
                          ("started", "transitioned", "completed", "failed")])

    def test_the_source_of_what_is_sent(self):
        (entry,) = self.catalog(DOOR)
        sources = {schema["properties"]["type"]["const"]: schema["properties"]["source"].get("const")
                   for part in entry["machineSchema"][0]["orchestrationEvents"]
                   for schema in part["emits"] + part["accepts"]}
        self.assertEqual(sources["cmd.bell"], "/orchestrations/door/1.0.0")
        self.assertIsNone(sources["evt.open"])

    def test_versions_of_a_name_are_one_entry(self):
        entries = self.catalog(dict(DOOR, version="1.10.0"), dict(DOOR, id="alpha"),
                               dict(DOOR, version="1.2.0"))
        self.assertEqual([(entry["name"], [part["version"] for part in entry["machineSchema"]])
                          for entry in entries],
                         [("alpha", ["1.0.0"]), ("door", ["1.2.0", "1.10.0"])])

    def test_a_type_that_stands_for_many(self):
        machine = {"id": "m", "version": "1.0.0", "initial": "a",
                   "states": {"a": {"on": {"evt.a.*": {"target": "b"}}}, "b": {}}}
        (entry,) = self.catalog(machine)
        (accepted,) = entry["machineSchema"][0]["orchestrationError"]["accepts"]
        pattern = accepted["properties"]["type"]["pattern"]
        for event, matches in (("evt.a", True), ("evt.a.b.c", True), ("evt.ab", False),
                               ("evtxa.b", False)):
            self.assertEqual(re.search(pattern, event) is not None, matches, event)

    def test_bad_use(self):
        door = self.write("door.json", DOOR)
        for arguments, message in ((["--format", "xml"], '"xml" is none of json, asyncapi'),
                                   ([door, "--format", "asyncapi"], "is of one definition"),
                                   ([self.write("x.json", "{}")], "1 definition cannot be read")):
            status, out, err = xorca("catalog", door, *arguments)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(message, err)


if __name__ == "__main__":
    unittest.main()

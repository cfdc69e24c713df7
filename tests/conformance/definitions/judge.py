"""judge.py PROGRAM SARIF-SCHEMA: the JSON Schema of definitions and the compiler agree, and
`xorca validate --format sarif` writes what OASIS' schema of SARIF takes. The judge is
Python's jsonschema."""
import copy
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

PROGRAM, SARIF_SCHEMA = sys.argv[1:]
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))

# What a JSON Schema cannot say: what names refer to, what expressions mean, which text is a
# duration (a name of `delays` may stand there), and what is true of the last of several.
COMPILER_ALONE = {
    "action-typo", "action-unknown", "after-leading-zero", "after-unknown-name", "after-words",
    "cel-after-escapes", "cel-after-umlaut", "cel-in-list", "cel-operator", "cel-variable",
    "choice-no-fallback", "context-reads-event", "delay-word", "done-of-nobody", "guard-itself",
    "guard-typo", "guard-unknown", "history-target-typo", "initial-typo", "raise-delay-word",
    "same-id", "state-in-unknown", "target-elsewhere", "target-of-root", "target-root",
    "target-typo", "target-unknown-id", "targets-not-together",
}
MUTANTS = 1000

passed = failed = 0


def check(name, holds, why=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: {why}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def validate(*arguments):
    # The names of the tests' own settings are no settings of the program.
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("XORCA_")}
    done = subprocess.run([PROGRAM, "validate", *arguments], capture_output=True, check=False,
                          env=environment)
    if done.returncode not in (0, 2) or not done.stdout:
        sys.exit(f"{' '.join(done.args)}: status {done.returncode}\n{done.stderr.decode()}")
    return done


# --- The schema and the compiler --------------------------------------------------------------

def valid_definitions():
    """Those of the examples, of the lints (which only warn) and the fuzzer's seeds."""
    paths = glob.glob(f"{ROOT}/deploy/examples/*/*.json")
    paths += glob.glob(f"{ROOT}/tests/core/definitions/lint/*.json")
    paths += glob.glob(f"{ROOT}/tests/fuzz/corpus/definition_fuzzer/*.json")
    others = ("services.json", "input.json")
    return sorted(path for path in paths
                  if os.path.basename(path) not in others and not path.endswith(".test.json"))


def first_error(schema, definition):
    errors = sorted(schema.iter_errors(definition), key=lambda error: -len(error.absolute_path))
    return f"{errors[0].json_path}: {errors[0].message[:200]}" if errors else "valid"


def judge_valid(schema):
    for path in valid_definitions():
        definition = read(path)
        check(os.path.relpath(path, ROOT), schema.is_valid(definition),
              first_error(schema, definition))


def judge_invalid(schema):
    for path in sorted(glob.glob(f"{ROOT}/tests/core/definitions/invalid/*.json")):
        name = os.path.basename(path)[:-5]
        try:
            definition = read(path)
        except ValueError:
            continue  # no JSON
        if name == "json-duplicate-key":
            continue  # no two values of one key in Python
        check(name, schema.is_valid(definition) == (name in COMPILER_ALONE),
              "the schema takes it" if name not in COMPILER_ALONE else
              f"the schema sees it after all: {first_error(schema, definition)}")


def parts(value):
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from parts(part)


def places(value):
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []:
        yield value, key
        yield from places(value[key])


def mutate(chance, definition, pool, keys):
    """The definition with one place left out, replaced, or given one member more."""
    definition = copy.deepcopy(definition)
    container, key = chance.choice(list(places(definition)))
    kind = chance.randrange(4)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container[key], dict):
        container[key][chance.choice(keys)] = copy.deepcopy(chance.choice(pool))
    elif kind == 2:
        container[key] = copy.deepcopy(chance.choice(pool))
    else:
        container[key] = chance.choice([None, True, 0, -1, "", [], {}, "x", {"@expr": "1"}, [{}]])
    return definition


def judge_mutants(schema):
    """No red lines below what the compiler takes."""
    definitions = [read(path) for path in valid_definitions()]
    pool = [part for definition in definitions for part in parts(definition)]
    keys = sorted({key for part in pool if isinstance(part, dict) for key in part})
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        mutants = [mutate(chance, chance.choice(definitions), pool, keys) for _ in range(MUTANTS)]
        for number, mutant in enumerate(mutants):
            with open(f"{folder}/{number:04}.json", "w", encoding="utf-8") as file:
                json.dump(mutant, file)
        problems = [json.loads(line) for line in
                    validate("--format", "json", folder).stdout.splitlines()]
    refused = {int(os.path.basename(problem["file"])[:4]) for problem in problems
               if problem["severity"] == "error"}
    check("some mutants are taken, some refused", MUTANTS // 10 < len(refused) < MUTANTS * 9 // 10)
    for number, mutant in enumerate(mutants):
        if number not in refused:
            check(f"mutant {number}", schema.is_valid(mutant), first_error(schema, mutant))


# --- SARIF --------------------------------------------------------------------------------------

def judge_sarif():
    schema = read(SARIF_SCHEMA)
    sarif = validator_for(schema)(schema)
    definitions = f"{ROOT}/tests/core/definitions"
    for arguments, least in (([f"{definitions}/invalid"], 60), ([f"{definitions}/lint"], 10),
                             ([f"{ROOT}/deploy/examples/book-summary"], 0),
                             (["--strict", f"{ROOT}/deploy/examples/order"], 1),
                             ([f"{definitions}/there is none.json"], 1)):
        log = json.loads(validate("--format", "sarif", *arguments).stdout)
        name = f"sarif of {os.path.relpath(arguments[-1], ROOT)}"
        errors = [f"{error.json_path}: {error.message[:200]}" for error in sarif.iter_errors(log)]
        check(name, not errors, errors[:1])
        run = log["runs"][0]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        check(f"{name}: results", len(run["results"]) >= least)
        check(f"{name}: rules", all(rules[result["ruleIndex"]] == result["ruleId"]
                                    for result in run["results"]))


def main():
    document = read(f"{ROOT}/schemas/definition.schema.json")
    Draft202012Validator.check_schema(document)
    schema = Draft202012Validator(document)
    judge_valid(schema)
    judge_invalid(schema)
    judge_mutants(schema)
    judge_sarif()
    results = os.environ.get("XORCA_CONFORMANCE_RESULTS")
    if results:
        with open(results, "a", encoding="utf-8") as file:
            print(json.dumps({"suite": "Definition files (jsonschema, SARIF)", "version": "4.26.0",
                              "tests": passed + failed, "passed": passed, "failed": failed,
                              "skipped": {}}), file=file)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())

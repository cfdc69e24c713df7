/* command_table.c - every command: what it takes, what it is for, an example. The help
 * is printed from here, and a test compares the man page with it. */
#include "worker/command.h"

#define RUNNING        "Running"
#define DEFINITIONS    "Definitions"
#define ORCHESTRATIONS "Orchestrations"

const struct command command_table[] = {
    {.name = "worker",
     .group = RUNNING,
     .arguments = "",
     .summary = "runs orchestrations: the lanes that Kafka's consumer group assigns to it",
     .description =
         "Consumes events, moves state machines, stores snapshots in PostgreSQL and publishes\n"
         "commands and notifications. Run as many as there are partitions, at most. Every\n"
         "setting is an environment variable XORCA_... or the flag of the same name;\n"
         "--print-settings shows all of them. SIGTERM finishes the batch, publishes, leaves the\n"
         "group and exits with status 0; a second one exits at once.",
     .example = "  XORCA_KAFKA_BOOTSTRAP_SERVERS=localhost:9092 \\\n"
                "  XORCA_DATABASE_URL=postgresql://xorca@localhost/xorca \\\n"
                "    xorca worker --definitions deploy/examples/book-summary",
     .options = {{"print-settings", NULL,
                  "print every setting, its value and where it came "
                  "from, and exit"}},
     .run = command_worker},
    {.name = "dev",
     .group = RUNNING,
     .arguments = "FOLDER",
     .arguments_min = 1,
     .arguments_max = 1,
     .summary = "a developer's whole environment: broker, PostgreSQL, worker, services, view",
     .description =
         "FOLDER has definitions (*.json), and may have services.json (the services to mock,\n"
         "see `xorca mock`) and input.json (the sample input). Starts an embedded broker and a\n"
         "private PostgreSQL, prints their addresses for other programs to join, and shows the\n"
         "events as they pass. Ctrl-C ends everything that it started. With --start it exits\n"
         "when all are finished, with status 0 only if all completed.",
     .example = "  xorca dev deploy/examples/book-summary --start 20",
     .options = {{"start", "N", "begin N orchestrations, wait for their end, and report"},
                 {"keep", NULL, "keep data and logs when it ends"}},
     .run = command_dev},
    {.name = "mock",
     .group = RUNNING,
     .arguments = "SERVICES",
     .arguments_min = 1,
     .arguments_max = 1,
     .summary = "answers commands as the services of a file would",
     .description =
         "SERVICES is a JSON file: which command is answered by which event, with data that\n"
         "CEL expressions make of the command, after which delay, with which share of failures\n"
         "and repeats (worker/commands/README.md; schemas/services.schema.json). What happens\n"
         "to a command depends on its id and the seed alone, so that runs repeat. It runs\n"
         "until Ctrl-C, and then says what it did.",
     .example = "  xorca mock deploy/examples/book-summary/services.json \\\n"
                "    --kafka-bootstrap-servers localhost:9092",
     .options = {{"mock-group", "NAME",
                  "consumer group; commands are shared within it "
                  "(xorca-mock)"},
                 {"seed", "N", "another course of chance than the file's seed"}},
     .run = command_mock},
    {.name = "migrate",
     .group = RUNNING,
     .arguments = "",
     .summary = "brings the database's tables to this program's version",
     .description =
         "Each migration is a transaction, under a lock: several at once do it once.\n"
         "A database that is newer than the program is left alone. Of several databases\n"
         "each is brought there; one that is away does not keep the others.",
     .example = "  XORCA_DATABASE_URL=postgresql://xorca@localhost/xorca xorca migrate",
     .run = command_migrate},
    {.name = "topics",
     .group = RUNNING,
     .arguments = "[FOLDER|FILE]...",
     .arguments_max = 1000,
     .summary = "shows or creates the topics that definitions need",
     .description =
         "Without files, the definitions that are registered in the database. Topics that a\n"
         "worker subscribes to must have equal numbers of partitions, as a lane is a partition\n"
         "number; those that differ are shown as unequal. Exit status 1 when any is missing or\n"
         "unequal.",
     .example = "  xorca topics deploy/examples/book-summary --create --partitions 8",
     .options = {{"create", NULL, "create the topics that are missing"},
                 {"partitions", "N",
                  "the number of lanes; by default what the topics that exist "
                  "have, or 4"},
                 {"json", NULL, "a line of JSON per topic"}},
     .run = command_topics},
    {.name = "lanes",
     .group = RUNNING,
     .arguments = "[resume]",
     .arguments_max = 1,
     .summary = "shows whether each lane's PostgreSQL and Kafka fit together, and lets one go on",
     .description =
         "A lane stops rather than guess when its database has lost what was published already\n"
         "(a standby without the last transactions, a restored backup), or when a topic has not\n"
         "the offset that it reads next. STORED is its last outbox row, PUBLISHED the last that\n"
         "left. Exit status 1 when any cannot go on: database-behind, other-database, gap.\n"
         "`xorca lanes resume --lane N` says what happened and what it would do, asks (or takes\n"
         "--yes), and lets the lane go on from the database as it is: behind what has left, under "
         "a\n"
         "new incarnation. Events are done again from where the database stands, and what they\n"
         "send again has the same ids. It refuses while the lane is fine, or owned by a worker\n"
         "that is at work. Workers need no restart.",
     .example = "  xorca lanes\n  xorca lanes resume --lane 3",
     .options = {{"lane", "N", "the lane to resume"},
                 {"yes", NULL, "do not ask"},
                 {"json", NULL, "a line of JSON per lane"}},
     .run = command_lanes},
    {.name = "validate",
     .group = DEFINITIONS,
     .arguments = "FILE|FOLDER...",
     .arguments_min = 1,
     .arguments_max = 1000,
     .summary = "checks definition files and names every problem with its place",
     .description =
         "Of a folder, every definition (*.json) in it; \"-\" is standard input. Each problem is "
         "a\n"
         "line on standard error, `FILE:LINE:COLUMN: error: message [$.path]`, with the line that\n"
         "it stands in below. Exit status 2 when a definition cannot be used.\n"
         "A definition that can be used is looked over for what was probably not meant. These\n"
         "warnings have names, unreachable-state, dead-end, wait-without-deadline,\n"
         "endless-always, guard-never-true, unreachable-transition, unknown-context-key,\n"
         "unhandled-answer, misspelt-keyword and unknown-lint, and are switched off by them: here, "
         "or in the\n"
         "definition, where \"meta\": {\"allow\": [\"dead-end\"]} of a state is for all inside of "
         "it.",
     .example = "  xorca validate deploy/examples/book-summary\n"
                "  xorca validate --strict --format sarif machines >machines.sarif",
     .options = {{"strict", NULL,
                  "what XState 6 would refuse, or would ignore, is an error as well"},
                 {"allow", "LINT,...", "say nothing of these"},
                 {"fail-on-warning", NULL, "exit with status 2 for a warning, too"},
                 {"format", "FORMAT",
                  "text, json (a line of JSON per problem) or sarif (2.1.0), "
                  "both on standard output"}},
     .run = command_validate},
    {.name = "simulate",
     .group = DEFINITIONS,
     .arguments = "DEFINITION",
     .arguments_min = 1,
     .arguments_max = 1,
     .summary = "runs a definition on events from standard input, without Kafka or PostgreSQL",
     .description =
         "An event is a line of JSON, {\"type\":…,\"data\":…}. The clock is virtual and moves by\n"
         "{\"type\":\"xorca.advance\",\"data\":{\"ms\":5000}} alone: due timers fire one after "
         "the\n"
         "other, each at its own time. For the start and for each event a line is printed:\n"
         "{\"value\",\"context\",\"status\",\"output\",\"actions\",\"tags\",\"historyValue\"}; "
         "`output` is\n"
         "null until there is one.\n"
         "An event that fails changes nothing, as in a worker: its line has the state from\n"
         "before it, the status \"error\", no actions, and `error` with the reason; the next "
         "event\n"
         "is taken as if it had not been there, and the exit status is 1 in the end. A line that\n"
         "is no event ends the simulation with exit status 2.\n"
         "--explain prints, instead of JSON, which transitions were considered, which were taken\n"
         "and why the others were not. --interactive offers the events that the state accepts,\n"
         "at a terminal, and explains likewise.",
     .example = "  echo '{\"type\":\"evt.books.fetch.success\",\"data\":{\"pages\":3}}' |\n"
                "    xorca simulate book-summary.json --input '{\"bookId\":\"alice\"}'",
     .options = {{"input", "JSON|@FILE", "the input of the start ({})"},
                 {"now", "TIME",
                  "where the clock begins: RFC 3339, or milliseconds since 1970 "
                  "(0)"},
                 {"explain", NULL, "say in words what was considered, and why"},
                 {"interactive", NULL, "ask for one event after the other"}},
     .run = command_simulate},
    {.name = "render",
     .group = DEFINITIONS,
     .arguments = "FILE",
     .arguments_min = 1,
     .arguments_max = 1,
     .summary = "draws a definition, and the path of an orchestration through it",
     .description =
         "Prints a Mermaid state diagram, which GitHub and many editors show, a graph for\n"
         "Graphviz' dot, or the SVG that dot makes of it (which needs Graphviz to be installed).\n"
         "With --subject the database is asked, and the orchestration's active states and those\n"
         "that it came through are marked; it must run the file's version.",
     .example = "  xorca render deploy/examples/book-summary/book-summary.json --format svg >a.svg",
     .options = {{"format", "FORMAT", "mermaid (the default), dot or svg"},
                 {"subject", "SUBJECT|PROCESS-ID", "the orchestration whose path is marked"}},
     .run = command_render},
    {.name = "test",
     .group = DEFINITIONS,
     .arguments = "FILE|FOLDER...",
     .arguments_min = 1,
     .arguments_max = 1000,
     .summary = "runs the scenarios beside definitions, and says what they leave uncovered",
     .description =
         "A file NAME.test.json names a definition and has scenarios: an input, then steps, each\n"
         "an event or a time by which the virtual clock advances, with what is expected then:\n"
         "  {\"definition\": \"book-summary.json\", \"scenarios\": [{\n"
         "     \"name\": \"the library is closed\", \"input\": {\"bookId\": \"alice\"},\n"
         "     \"expect\": {\"state\": \"fetching\", \"emitted\": [\"cmd.books.fetch\"]},\n"
         "     \"steps\": [{\"advance\": \"30s\", \"expect\": {\n"
         "        \"state\": \"failed\", \"status\": \"done\",\n"
         "        \"that\": [\"context.reason.contains('no answer')\"]}}]}]}\n"
         "Expected may be: state, status, emitted, context, output, tags, ignored, error, and\n"
         "that: CEL expressions, which see state, status, context, output, emitted, logged,\n"
         "event, input and now (core/scenario/README.md; schemas/scenarios.schema.json). Of a\n"
         "folder all *.test.json are run. Exit status 1 when a scenario fails or less of a\n"
         "definition's transitions is covered than --coverage-min asks for.",
     .example = "  xorca test deploy/examples/*/ --coverage-min 100\n"
                "  xorca test book-summary.test.json --format junit >report.xml",
     .options = {{"format", "FORMAT", "text (the default), tap or junit"},
                 {"coverage-min", "PERCENT", "the least share of transitions to be taken (0)"}},
     .run = command_test},
    {.name = "catalog",
     .group = DEFINITIONS,
     .arguments = "FILE|FOLDER...",
     .arguments_min = 1,
     .arguments_max = 1000,
     .summary = "lists the events that definitions send and listen to, with their contracts",
     .description =
         "For each definition: what begins it, what each state sends and listens to, error and\n"
         "lifecycle events, each as the JSON Schema of a whole CloudEvent; the contracts are\n"
         "those of the definition's `schemas`. With --format asyncapi an AsyncAPI 3.0 document\n"
         "of one definition, for generators of documentation and code.",
     .example = "  xorca catalog deploy/examples/order\n"
                "  xorca catalog deploy/examples/order/machine.json --format asyncapi",
     .options = {{"format", "FORMAT", "json (the default) or asyncapi"}},
     .run = command_catalog},
    {.name = "eval",
     .group = DEFINITIONS,
     .arguments = "[EXPRESSION]",
     .arguments_max = 1,
     .summary = "evaluates a CEL expression",
     .description =
         "Prints {\"type\":…,\"value\":…}, or {\"error\":…} with exit status 1. int and uint are\n"
         "decimal strings, double a number or \"NaN\", \"Infinity\", \"-Infinity\", bytes base64, "
         "a map\n"
         "an array of [key, value]. Bindings are such values by the names of variables, or plain\n"
         "JSON as {\"json\":…}. With --batch each line of standard input is\n"
         "{\"expr\":…,\"bindings\":…} and is answered by one line, whatever it is.",
     .example = "  xorca eval --bindings '{\"x\":{\"json\":[1,2,3]}}' 'x.exists(n, n > 2)'",
     .options = {{"bindings", "JSON|@FILE", "the variables that the expression sees"},
                 {"batch", NULL, "read expressions from standard input, a line each"}},
     .run = command_eval},
    {.name = "start",
     .group = ORCHESTRATIONS,
     .arguments = "NAME",
     .arguments_min = 1,
     .arguments_max = 1,
     .summary = "starts one orchestration or many, and waits for their end if told to",
     .description =
         "Sends xorca.NAME.start under the subject that the orchestration will have. The version\n"
         "is the latest of the database unless it is given. --wait reads the lifecycle topic and\n"
         "prints how many completed, in which time; exit status 1 when not all did. With --count\n"
         "process ids are numbered, and --in-flight (which waits) bounds how many run at a time.",
     .example = "  xorca start book-summary --input '{\"bookId\":\"alice\"}' --wait\n"
                "  xorca start book-summary --input @input.json --count 20000 --in-flight 500",
     .options = {{"input", "JSON|@FILE", "the input; the same for all ({})"},
                 {"process-id", "ID", "the process id, or what those of --count begin with"},
                 {"version", "X.Y.Z", "the definition's version"},
                 {"count", "N", "how many (1)"},
                 {"in-flight", "N", "how many at a time (100 when waiting)"},
                 {"wait", NULL, "wait until all have come to their end"},
                 {"timeout", "SECONDS", "give up when none ended for so long (60)"},
                 {"json", NULL, "the summary as a line of JSON"}},
     .run = command_start},
    {.name = "send",
     .group = ORCHESTRATIONS,
     .arguments = "TYPE",
     .arguments_min = 1,
     .arguments_max = 1,
     .summary = "sends one event to an orchestration, as a service would",
     .description = "The topic is the event's type, the key its subject.",
     .example = "  xorca send evt.books.fetch.success --subject eyJwcm9jZXNzSWQiOi… \\\n"
                "    --data '{\"pages\":3}'",
     .options = {{"subject", "SUBJECT", "of the orchestration (required)"},
                 {"data", "JSON|@FILE", "the event's data ({})"},
                 {"source", "URI", "who sends it (/xorca/send)"},
                 {"id", "ID", "its id; by default a fresh one"},
                 {"topic", "NAME", "another topic than the type"}},
     .run = command_send},
    {.name = "watch",
     .group = ORCHESTRATIONS,
     .arguments = "[NAME]",
     .arguments_max = 1,
     .summary = "follows what happens to orchestrations, until Ctrl-C",
     .description = "Reads the lifecycle events notif.xorca.*, of one definition when NAME is\n"
                    "given, from now on.",
     .example = "  xorca watch book-summary",
     .options = {{"subject", "ID", "only this orchestration: its subject or process id"},
                 {"from-beginning", NULL, "begin with what the topics still hold"},
                 {"json", NULL, "each event as a line of JSON"}},
     .run = command_watch},
    {.name = "list",
     .group = ORCHESTRATIONS,
     .arguments = "",
     .summary = "lists orchestrations, the newest first",
     .description = "",
     .example = "  xorca list --name book-summary --status active --state waiting",
     .options = {{"name", "NAME", "of this definition"},
                 {"status", "STATUS", "active, completed or failed"},
                 {"state", "TEXT", "whose state value, as JSON, contains the text"},
                 {"limit", "N", "at most so many (50)"},
                 {"json", NULL, "a line of JSON per orchestration"}},
     .run = command_list},
    {.name = "show",
     .group = ORCHESTRATIONS,
     .arguments = "SUBJECT|PROCESS-ID",
     .arguments_min = 1,
     .arguments_max = 1,
     .summary = "shows one orchestration: state, context, timers, times",
     .description = "",
     .example = "  xorca show order-42\n  xorca show order-42 --diagram",
     .options = {{"diagram", NULL, "its machine as a Mermaid diagram, active states marked"},
                 {"json", NULL, "as a line of JSON, with the whole snapshot"}},
     .run = command_show},
};

const size_t command_table_count = sizeof command_table / sizeof command_table[0];

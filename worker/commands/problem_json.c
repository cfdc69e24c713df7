/* problem_json.c - problems for programs: JSON lines, and a SARIF log. */
#include <stdarg.h>
#include <string.h>

#include "core/machine/lint.h"
#include "core/machine/strict.h"
#include "worker/commands/problems.h"
#include "worker/printable.h"
#include "worker/version.h"

static const char definition_rule[] = "definition";

const char *problem_rule_name(const struct problem *problem)
{
    return problem->rule == NULL ? definition_rule : problem->rule;
}

static void print_string(FILE *out, const char *string)
{
    if (string == NULL) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    printable_print(out, text_of(string), PRINTABLE_JSON);
    fputc('"', out);
}

/* "name": value */
static void print_member(FILE *out, const char *name, const char *value)
{
    fprintf(out, "\"%s\":", name);
    print_string(out, value);
}

static const char *severity_name(const struct problem *problem)
{
    return problem->severity == PROBLEM_ERROR ? "error" : "warning";
}

/* --- Lines of JSON ---------------------------------------------------------------------- */

static void print_number(FILE *out, const char *name, uint32_t number)
{
    if (number > 0)
        fprintf(out, ",\"%s\":%u", name, number);
    else
        fprintf(out, ",\"%s\":null", name);
}

static void print_problem(FILE *out, const char *file, const struct problem *problem)
{
    const char *const members[][2] = {
        {"path", problem->path},
        {"severity", severity_name(problem)},
        {"rule", problem_rule_name(problem)},
        {"message", problem->message},
        {"remedy", problem->remedy},
    };
    fputc('{', out);
    print_member(out, "file", file);
    print_number(out, "line", problem->position.line);
    print_number(out, "column", problem->position.column);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        fputc(',', out);
        print_member(out, members[i][0], members[i][1]);
    }
    fputs("}\n", out);
}

static const struct problem cut = {
    .path = "$", .message = "there are more problems than are shown", .severity = PROBLEM_WARNING};

void problems_print_json(FILE *out, const struct file_problems *file)
{
    for (size_t i = 0; i < file->problems->count; i++)
        print_problem(out, file->name, &file->problems->items[i]);
    if (file->problems->cut)
        print_problem(out, file->name, &cut);
}

/* --- SARIF -------------------------------------------------------------------------------- */

static void print_rule(FILE *out, const char *id, const char *summary, const char *help,
                       const char *level)
{
    fputs("{", out);
    print_member(out, "id", id);
    fputs(",\"shortDescription\":{", out);
    print_member(out, "text", summary);
    fputs("},\"help\":{", out);
    print_member(out, "text", help);
    fprintf(out, "},\"defaultConfiguration\":{\"level\":\"%s\"}}", level);
}

/* In this order; results name their rule by its place. */
static void print_rules(FILE *out)
{
    print_rule(out, definition_rule, "the definition cannot be used",
               "the message says what would be right", "error");
    fputc(',', out);
    print_rule(out, STRICT_RULE, "XState 6 would not take it, or would ignore it",
               "the message says how XState 6 writes it", "error");
    for (size_t i = 0; i < LINT_RULE_COUNT; i++) {
        const struct lint_description *lint = &lint_descriptions[i];
        fputc(',', out);
        print_rule(out, lint->name, lint->summary, lint->remedy, "warning");
    }
}

static size_t rule_index(const struct problem *problem)
{
    if (problem->rule == NULL)
        return 0;
    if (strcmp(problem->rule, STRICT_RULE) == 0)
        return 1;
    return 2 + (size_t)lint_find(text_of(problem->rule));
}

/* RFC 3986: what is not unreserved is escaped, but for the slashes of the path. An absolute
 * path is a URI of its own, others are relative to where the program ran. */
static void print_uri(FILE *out, const char *path)
{
    if (path[0] == '/')
        fputs("file://", out);
    for (const char *c = path; *c != '\0'; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        bool is_plain = is_letter || (*c >= '0' && *c <= '9') || strchr("-._~/", *c) != NULL;
        if (is_plain)
            fputc(*c, out);
        else
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*c);
    }
}

static void print_location(FILE *out, const char *file, const struct problem *problem)
{
    fputs("{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"", out);
    print_uri(out, file);
    fputs("\"}", out);
    if (problem->position.line > 0)
        fprintf(out, ",\"region\":{\"startLine\":%u,\"startColumn\":%u}", problem->position.line,
                problem->position.column);
    fputs("},\"logicalLocations\":[{", out);
    print_member(out, "fullyQualifiedName", problem->path);
    fputs("}]}", out);
}

static void print_result(struct sarif_log *log, const char *file, const struct problem *problem)
{
    FILE *out = log->out;
    fputs(log->result_count++ > 0 ? ",\n" : "\n", out);
    fputc('{', out);
    print_member(out, "ruleId", problem_rule_name(problem));
    fprintf(out, ",\"ruleIndex\":%zu,\"level\":\"%s\",\"message\":{\"text\":\"",
            rule_index(problem), severity_name(problem));
    printable_print(out, text_of(problem->message), PRINTABLE_JSON);
    if (problem->remedy != NULL) {
        fputs(": ", out);
        printable_print(out, text_of(problem->remedy), PRINTABLE_JSON);
    }
    fputs("\"},\"locations\":[", out);
    print_location(out, file, problem);
    fputs("]}", out);
}

void sarif_begin(struct sarif_log *log, FILE *out)
{
    *log = (struct sarif_log){.out = out};
    fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
          "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"xorca\",",
          out);
    print_member(out, "version", version_read().xorca);
    fputs(",\"rules\":[", out);
    print_rules(out);
    fputs("]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[", out);
}

void sarif_add(struct sarif_log *log, const struct file_problems *file)
{
    for (size_t i = 0; i < file->problems->count; i++)
        print_result(log, file->name, &file->problems->items[i]);
    if (file->problems->cut)
        print_result(log, file->name, &cut);
}

void sarif_end(struct sarif_log *log)
{
    fputs("\n]}]}\n", log->out);
}

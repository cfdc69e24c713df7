/* template.h - JSON with holes: {"@expr": "…"} anywhere inside is a CEL expression.
 *
 * Compiled once, evaluated often. A part without holes is referred to, never copied. */
#ifndef WORKER_COMMANDS_TEMPLATE_H
#define WORKER_COMMANDS_TEMPLATE_H

#include <stdint.h>

#include "core/cel/cel.h"
#include "core/error.h"
#include "core/json.h"
#include "core/problem.h"

struct arena;
struct template;

/* Compiles `json` (which must live as long) into the arena. What is wrong goes to
 * `problems`, with its place below `path`; NULL then, and when the arena is full. */
const struct template *template_compile(struct arena *arena, struct json json, const char *path,
                                        const struct cel_environment *environment,
                                        struct problem_list *problems);

/* One expression alone, {"@expr": "…"}. NULL as above, and when it is no such object. */
const struct cel_program *template_compile_expression(struct arena *arena, struct json json,
                                                      const char *path,
                                                      const struct cel_environment *environment,
                                                      struct problem_list *problems);

/* Fills the holes. The result lives in the arena, or points into the template and the
 * variables. STATUS_REJECTED names the expression that failed, by its place. */
enum status template_evaluate(const struct template *template, const struct cel_value *variables,
                              uint64_t cost_max, struct arena *arena, struct json *out,
                              struct error *error);

#endif

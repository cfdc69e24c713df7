/* difference.h - what was expected against what is, in lines for people. For this folder. */
#ifndef CORE_SCENARIO_DIFFERENCE_H
#define CORE_SCENARIO_DIFFERENCE_H

#include <stdbool.h>

#include "core/json.h"

struct writer;

/* A value in a line is cut at this. */
enum { DIFFERENCE_VALUE_SIZE_MAX = 400 };

/* The value as one line; NULL is "missing". */
void difference_write_value(struct writer *report, const struct json *value);

/* Each of these writes lines where the two differ, and returns whether they agree. */

/* Every member that `expected` names is there with that value, however deep; `actual` may
 * have others. Arrays have the same length. `name` is what the line begins with. */
bool difference_of_parts(struct writer *report, const char *name, struct json expected,
                         struct json actual);

/* Equal as values. */
bool difference_of_values(struct writer *report, const char *name, struct json expected,
                          struct json actual);

/* A state value against "a.b" or {"a": "b"}: the states named are active. */
bool difference_of_states(struct writer *report, struct json expected, struct json actual);

/* Events that were sent, all of them and in order, against types or parts of events. */
bool difference_of_events(struct writer *report, struct json expected, const struct json *actual,
                          size_t count);

#endif

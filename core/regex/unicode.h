/* unicode.h - the properties of code points that regular expressions name, and simple case
 * folding. The tables are unicode_tables.inc, which says its version of Unicode. */
#ifndef CORE_REGEX_UNICODE_H
#define CORE_REGEX_UNICODE_H

#include <stdbool.h>

#include "core/regex/code_points.h"
#include "core/text.h"

enum unicode_property {
    UNICODE_CATEGORY, /* General_Category: "Lu", "Uppercase_Letter", and groups: "L" */
    UNICODE_SCRIPT,
    UNICODE_SCRIPT_EXTENSIONS,
    UNICODE_BINARY /* "Alphabetic", "White_Space", "Any" */
};

/* Adds the code points of which the property has this value (of a binary one: that have
 * it); false when there is no such value. Names are those of PropertyValueAliases.txt and
 * PropertyAliases.txt, long and short, matched exactly, as ECMA-262 has it. */
bool unicode_add(struct code_points *set, enum unicode_property property, struct text name);

/* Whether this is the long name of a script: "Greek", not "Grek". */
bool unicode_is_script_name(struct text name);

/* Tidies, and adds what differs from a member in case alone: CaseFolding.txt, statuses C
 * and S. `spare` is working memory, which loses what it holds. */
void unicode_fold(struct code_points *set, struct code_points *spare);

#endif

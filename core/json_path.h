/* json_path.h - JSON paths as problems have them: $.states.a.on["evt.x"][0]
 *
 * A path begins with "$"; each step is written behind it. */
#ifndef CORE_JSON_PATH_H
#define CORE_JSON_PATH_H

#include <stddef.h>

#include "core/text.h"

struct writer;

/* ".name" where the name looks like one, otherwise "[\"any name\"]". */
void json_path_write_key(struct writer *writer, struct text key);

/* "[3]" */
void json_path_write_index(struct writer *writer, size_t index);

#endif

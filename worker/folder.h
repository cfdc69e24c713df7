/* folder.h - the definition files of a folder, and those of scenarios. */
#ifndef WORKER_FOLDER_H
#define WORKER_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct arena;

/* More files than this in one folder are not definitions. */
enum { FOLDER_FILES_MAX = 1024 };

bool folder_is_one(const char *path);

/* The paths of all *.json files of `folder` in order of name, in the arena. Hidden ones,
 * services.json and input.json (`xorca dev` has them) and *.test.json are no definitions.
 * STATUS_REJECTED when the folder cannot be read or has more than FOLDER_FILES_MAX. */
enum status folder_list(struct arena *arena, const char *folder, const char ***paths, size_t *count,
                        struct error *error);

/* The same of all *.test.json, which `xorca test` runs. */
enum status folder_list_scenarios(struct arena *arena, const char *folder, const char ***paths,
                                  size_t *count, struct error *error);

#endif

/* catalog.h - the definitions that this process can run, compiled.
 *
 * Shared by all lanes. Definitions are immutable per name and version and are never
 * dropped, so a pointer that was handed out stays good as long as the catalog. What other
 * workers registered is read from the database when an event names it, or by and by. */
#ifndef WORKER_CATALOG_H
#define WORKER_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/text.h"
#include "worker/definition.h"

struct arena;
struct catalog;
struct postgres;

enum status catalog_create(struct catalog **out, struct error *error);
void catalog_destroy(struct catalog *catalog); /* accepts NULL */

/* Takes over `definition`; one that is there already stays and the new one is destroyed. */
enum status catalog_add(struct catalog *catalog, struct definition *definition,
                        struct error *error);

/* NULL when there is none. From any thread. */
const struct definition *catalog_find(struct catalog *catalog, struct text name,
                                      struct text version);
const struct definition *catalog_latest(struct catalog *catalog, struct text name);

/* "1.0.0, 1.1.0": the versions of the name, in the arena; TEXT_NONE when there are none. */
struct text catalog_versions(struct catalog *catalog, struct text name, struct arena *arena);

/* Reads definitions of `name` (TEXT_NONE: all) from the database and adds those that are
 * missing. One that this program cannot compile is logged once and left out. */
enum status catalog_load(struct catalog *catalog, struct postgres *postgres, struct text name,
                         struct json_limits limits, struct error *error);

/* Calls `visit` for each, in order of addition. */
void catalog_each(struct catalog *catalog,
                  void (*visit)(void *context, const struct definition *definition), void *context);

/* What is wrong with a definition file, one problem a call. */
typedef void catalog_report(void *context, const char *file, const struct problem *problem);

/* Registers every *.json of `folder` in the database and adds those here that were new, in
 * order of name (catalog_load has the rest); services.json and input.json (`xorca dev` has
 * them) are no definitions. STATUS_REJECTED
 * when a file is wrong: every problem of every file was reported then and nothing was
 * registered; or when a version is registered with other content. */
enum status catalog_register_folder(struct catalog *catalog, struct postgres *postgres,
                                    const char *folder, struct json_limits limits,
                                    catalog_report *report, void *context, struct error *error);

#endif

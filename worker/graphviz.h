/* graphviz.h - lays out a graph by Graphviz, if that is installed. */
#ifndef WORKER_GRAPHVIZ_H
#define WORKER_GRAPHVIZ_H

#include "core/error.h"
#include "core/text.h"

/* Runs `dot -Tsvg` on the graph; the picture goes to our standard output. No shell has a
 * part in it. STATUS_UNAVAILABLE: Graphviz is not installed, or dot failed (it has told
 * standard error why). */
enum status graphviz_print_svg(struct text graph, struct error *error);

#endif

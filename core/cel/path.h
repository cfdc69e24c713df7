/* path.h - what a path does with a value, step by step: selecting, indexing, calling. */
#ifndef CORE_CEL_PATH_H
#define CORE_CEL_PATH_H

#include "core/cel/evaluation.h"

/* A NODE_PATH. */
bool cel_evaluate_path(struct cel_evaluation *evaluation, const struct cel_node *node,
                       struct cel_value *out);

/* `receiver` is NULL for f(x); `out` may be the receiver. */
bool cel_call_function(struct cel_evaluation *evaluation, const struct cel_call *call,
                       const struct cel_value *receiver, struct cel_value *out);

#endif

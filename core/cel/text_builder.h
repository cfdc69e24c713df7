/* text_builder.h - a text that an evaluation puts together, and pays for as it grows.
 *
 * Add as much as you like, ask once at the end: after a stop, every addition is ignored. */
#ifndef CORE_CEL_TEXT_BUILDER_H
#define CORE_CEL_TEXT_BUILDER_H

#include "core/cel/evaluation.h"

struct cel_text_builder {
    struct cel_evaluation *evaluation;
    char *data;
    size_t size;
    size_t room;
    bool failed; /* the evaluation is stopped */
};

static inline struct cel_text_builder cel_text_builder(struct cel_evaluation *evaluation)
{
    return (struct cel_text_builder){.evaluation = evaluation};
}

/* Charges a unit for each 64 bytes. */
void cel_text_add(struct cel_text_builder *builder, struct text text);

/* A string or bytes; false when the evaluation was stopped. */
bool cel_text_finish(struct cel_text_builder *builder, enum cel_type type, struct cel_value *out);

#endif

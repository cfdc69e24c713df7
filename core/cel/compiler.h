/* compiler.h - what the parts of the compiler share: compile.c (names, paths, operators),
 * call.c (functions), macro.c (macros, bindings) and fold.c (constants). */
#ifndef CORE_CEL_COMPILER_H
#define CORE_CEL_COMPILER_H

#include "core/cel/evaluation.h"
#include "core/cel/program.h"
#include "core/cel/shown.h"
#include "core/cel/syntax.h"

/* A variable of a comprehension or a binding, visible in its body. */
struct cel_name {
    struct text name;
    uint32_t slot;
    int height; /* of a bound value: how deep it nests, as it is evaluated where it is read */
    const struct cel_name *outer;
};

struct cel_compiler {
    struct cel_source *source;
    const struct cel_environment *environment;
    bool lenient;
    const struct cel_name *names; /* the innermost first */
    uint32_t slot;                /* of the next local */
    uint32_t slot_count;          /* the most at once */
    int depth;
    int deepest;   /* the greatest depth so far, values read from bindings included */
    int64_t reads; /* the lowest slot of a local that was read, READS_VARIABLE for anything
                        that only an evaluation knows, or READS_NOTHING */
    struct cel_constant_budget folding; /* what it may still take */
    bool *uses;
};

#define READS_VARIABLE INT64_C(-1)
#define READS_NOTHING  INT64_MAX

static inline void cel_compiler_reads(struct cel_compiler *compiler, int64_t slot)
{
    if (slot < compiler->reads)
        compiler->reads = slot;
}

/* Every function here returns false with the issue in the source. */

bool cel_compile_array(struct cel_compiler *compiler, size_t count, size_t size, void **out);

bool cel_compile_node(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                      struct cel_node *out);

/* The same with a node of its own. */
bool cel_compile_new(struct cel_compiler *compiler, const struct cel_syntax *syntax,
                     const struct cel_node **out);

/* Siblings, beginning with `first`, side by side. */
bool cel_compile_siblings(struct cel_compiler *compiler, const struct cel_syntax *first,
                          uint32_t count, const struct cel_node **out);

/* has(e.f) for `argument` e.f. */
bool cel_compile_has(struct cel_compiler *compiler, const struct cel_syntax *argument,
                     struct cel_node *out);

/* --- Names that nothing has ----------------------------------------------------- */

/* Room for a message with two names in it. */
enum { CEL_ISSUE_SIZE = 2 * CEL_SHOWN_SIZE_MAX + 128 };

/* An issue; or, compiled leniently, a node that fails where it is reached (langdef.md,
 * "Evaluation": an unbound variable evaluates to an error). */
bool cel_compile_unresolved(struct cel_compiler *compiler, size_t offset, const char *message,
                            struct cel_node *out);

/* --- Calls (call.c) ------------------------------------------------------------- */

/* f(x), and has(). */
bool cel_compile_global_call(struct cel_compiler *compiler, const struct cel_syntax *call,
                             struct cel_node *out);

/* A method as a step; one that nothing has leaves *node unresolved. */
bool cel_compile_method(struct cel_compiler *compiler, const struct cel_syntax *method,
                        struct cel_step *out, struct cel_node *node);

/* The global function of a namespace that `count` parts name, the last of which is the
 * call: math.abs(x). *found is false when there is no such namespace. */
bool cel_compile_qualified_call(struct cel_compiler *compiler, const struct cel_syntax *name,
                                uint32_t count, const struct cel_syntax *call, struct cel_node *out,
                                bool *found);

/* --- Macros (macro.c) ----------------------------------------------------------- */

/* e.all(x, t) and the like, e.or(x); *found is false when the method is no macro. */
bool cel_compile_macro(struct cel_compiler *compiler, const struct cel_syntax *method,
                       struct cel_step *out, bool *found);

/* cel.bind(x, v, e) and the like, for a member that begins with it; *found as above. */
bool cel_compile_cel_macro(struct cel_compiler *compiler, const struct cel_syntax *member,
                           struct cel_node *out, bool *found);

/* The names of the macros on values, for suggestions: NULL past the end. */
const char *cel_macro_name(size_t index);

/* Reads the local `name`; *found is false when there is none. */
bool cel_compile_local(struct cel_compiler *compiler, struct text name, size_t offset,
                       struct cel_node *out, bool *found);

/* --- Constants (fold.c) --------------------------------------------------------- */

/* Makes a constant of a node that reads nothing from outside of itself. */
bool cel_fold(struct cel_compiler *compiler, struct cel_node *node);

/* Makes a constant of as many of a chain's first operands as are constant. */
bool cel_fold_chain(struct cel_compiler *compiler, struct cel_node *node);

/* Makes a constant of a list of constants. */
bool cel_fold_list(struct cel_compiler *compiler, struct cel_node *node);

#endif

/* alphabet.h - the few kinds of characters that an expression tells apart.
 *
 * A pattern with the classes [a-z] and [a-f] has three symbols: a-f, g-z, and all the rest.
 * Everything behind the parser works on symbols; texts are read as symbols, a character of
 * UTF-8 at a time. Two symbols more than the classes make: SYMBOL of bytes that are no UTF-8,
 * which is in no set, and the end of the text. */
#ifndef CORE_REGEX_ALPHABET_H
#define CORE_REGEX_ALPHABET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/regex/set_table.h"
#include "core/text.h"

struct arena;

/* What an assertion can see of the character beside it; CONTEXT_EDGE: there is none. */
enum context { CONTEXT_OTHER = 0, CONTEXT_WORD = 1, CONTEXT_NEWLINE = 2, CONTEXT_EDGE = 4 };
enum { CONTEXT_COUNT = 5 }; /* a character is no two of them */

struct alphabet {
    uint16_t ascii[128];     /* symbols */
    const uint32_t *starts;  /* sorted, the first is 0: where runs of one symbol begin */
    const uint16_t *symbols; /* of those runs */
    size_t run_count;
    uint16_t malformed;    /* the symbol of a byte that is no UTF-8 */
    uint16_t end;          /* the symbol of the end; the last one */
    uint16_t symbol_count; /* both included */

    const unsigned char *contexts; /* of each symbol */
    const uint64_t *members;       /* a row of words for each set: bit n is symbol n */
    size_t row_words;
};

enum alphabet_result { ALPHABET_OK, ALPHABET_MEMORY, ALPHABET_TOO_LARGE };

/* The alphabet of all sets of the table, in `arena`; `scratch` may end after. The table's set
 * number `word_set` and `newline_set` (or NO_SET) are what the contexts are told from. */
#define NO_SET UINT32_MAX
enum alphabet_result alphabet_build(struct arena *arena, struct arena *scratch,
                                    const struct set_table *sets, uint32_t word_set,
                                    uint32_t newline_set, struct alphabet *alphabet);

static inline bool alphabet_set_has(const struct alphabet *alphabet, uint32_t set, uint16_t symbol)
{
    return alphabet->members[set * alphabet->row_words + symbol / 64] >> symbol % 64 & 1;
}

/* The symbol of what stands at *at, which is before the end, and moves *at behind it. */
uint16_t alphabet_read_other(const struct alphabet *alphabet, struct text text, size_t *at);
static inline uint16_t alphabet_read(const struct alphabet *alphabet, struct text text, size_t *at)
{
    unsigned char byte = (unsigned char)text.data[*at];
    if (byte < 0x80) {
        ++*at;
        return alphabet->ascii[byte];
    }
    size_t after = *at; /* so that the caller's may stay in a register */
    uint16_t symbol = alphabet_read_other(alphabet, text, &after);
    *at = after;
    return symbol;
}

/* The one code point that has this symbol; false where there are more, or none. */
bool alphabet_is_single(const struct alphabet *alphabet, uint16_t symbol, uint32_t *code_point);

#endif

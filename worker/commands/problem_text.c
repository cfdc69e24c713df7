/* problem_text.c - problems for people: place, sentence, the line itself. */
#include "core/utf8.h"
#include "worker/commands/problems.h"
#include "worker/printable.h"
#include "worker/terminal.h"

/* Of a longer line, so many characters around the place are shown. */
enum { EXCERPT_WIDTH = 96, EXCERPT_BEFORE = 60 };

static void print_place(FILE *out, const char *name, struct text_position position, bool colour)
{
    fputs(terminal_colour(colour, COLOUR_BOLD), out);
    printable_print(out, text_of(name), PRINTABLE_PLAIN);
    if (position.line > 0)
        fprintf(out, ":%u:%u", position.line, position.column);
    fputs(": ", out);
    fputs(terminal_colour(colour, COLOUR_NONE), out);
}

static void print_severity(FILE *out, enum problem_severity severity, bool colour)
{
    bool is_error = severity == PROBLEM_ERROR;
    fputs(terminal_colour(colour, is_error ? COLOUR_RED : COLOUR_YELLOW), out);
    fputs(is_error ? "error: " : "warning: ", out);
    fputs(terminal_colour(colour, COLOUR_NONE), out);
}

static void print_sentence(FILE *out, const struct problem *problem, bool colour)
{
    printable_print(out, text_of(problem->message), PRINTABLE_PLAIN);
    if (problem->remedy != NULL)
        fprintf(out, ": %s", problem->remedy);
    fputs(terminal_colour(colour, COLOUR_DIM), out);
    fputs(" [", out);
    printable_print(out, text_of(problem->path), PRINTABLE_PLAIN);
    fputc(']', out);
    if (problem->rule != NULL)
        fprintf(out, " (%s)", problem->rule);
    fputs(terminal_colour(colour, COLOUR_NONE), out);
    fputc('\n', out);
}

/* The offset of the character of this number, from 1; the end where there are fewer. */
static size_t character_offset(struct text text, size_t number)
{
    size_t at = 0;
    for (; number > 1 && at < text.size; number--) {
        size_t size = utf8_sequence((struct text){text.data + at, text.size - at});
        at += size == 0 ? 1 : size;
    }
    return at;
}

/* Tabs as one space, so that the mark stands below what it means. */
static size_t print_excerpt_text(FILE *out, struct text text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.size; width++) {
        char form[PRINTABLE_SIZE_MAX];
        bool is_tab = text.data[at] == '\t';
        size_t size = printable_next(text, &at, PRINTABLE_PLAIN, form);
        if (is_tab)
            fputc(' ', out);
        else
            fwrite(form, 1, size, out);
        width += is_tab || size <= 1 || form[0] != '\\' ? 0 : size - 1;
    }
    return width;
}

static void print_excerpt(FILE *out, struct text source, struct text_position position, bool colour)
{
    struct text line = text_line(source, position.line);
    size_t column = position.column, first = 1;
    if (column > EXCERPT_BEFORE && utf8_count(line) > EXCERPT_WIDTH)
        first = column - EXCERPT_BEFORE;
    size_t start = character_offset(line, first), mark = character_offset(line, column);
    size_t end = character_offset(line, first + EXCERPT_WIDTH);
    const char *dim = terminal_colour(colour, COLOUR_DIM);
    const char *none = terminal_colour(colour, COLOUR_NONE);

    fprintf(out, "%s%6u |%s %s", dim, position.line, none, first > 1 ? "..." : "");
    size_t width = print_excerpt_text(out, (struct text){line.data + start, mark - start});
    print_excerpt_text(out, (struct text){line.data + mark, end - mark});
    fprintf(out, "%s\n%s       |%s %*s%s^%s\n", end < line.size ? "..." : "", dim, none,
            (int)(width + (first > 1 ? 3 : 0)), "", terminal_colour(colour, COLOUR_GREEN), none);
}

void problems_print_text(FILE *out, const struct file_problems *file)
{
    bool colour = terminal_has_colour(out);
    for (size_t i = 0; i < file->problems->count; i++) {
        const struct problem *problem = &file->problems->items[i];
        print_place(out, file->name, problem->position, colour);
        print_severity(out, problem->severity, colour);
        print_sentence(out, problem, colour);
        if (file->source.data != NULL && problem->position.line > 0)
            print_excerpt(out, file->source, problem->position, colour);
    }
    if (file->problems->cut) {
        printable_print(out, text_of(file->name), PRINTABLE_PLAIN);
        fputs(": there are more problems than are shown\n", out);
    }
}

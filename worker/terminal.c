#include "worker/terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/time.h"

bool terminal_is_one(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

bool terminal_has_colour(FILE *file)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (no_colour != NULL && no_colour[0] != '\0')
        return false;
    if (term == NULL || strcmp(term, "dumb") == 0)
        return false;
    return terminal_is_one(file);
}

bool terminal_is_utf8(void)
{
    /* As setlocale would choose; the program itself stays in the C locale. */
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
    }
    return false;
}

const char *terminal_colour(bool on, enum colour colour)
{
    if (!on)
        return "";
    switch (colour) {
    case COLOUR_NONE: return "\033[0m";
    case COLOUR_BOLD: return "\033[1m";
    case COLOUR_DIM: return "\033[2m";
    case COLOUR_RED: return "\033[31m";
    case COLOUR_GREEN: return "\033[32m";
    case COLOUR_YELLOW: return "\033[33m";
    }
    return "";
}

void progress_init(struct progress *progress)
{
    *progress = (struct progress){.on = isatty(STDERR_FILENO) == 1};
}

void progress_show(struct progress *progress, const char *format, ...)
{
    int64_t now_ms = time_monotonic_ms();
    if (!progress->on || now_ms < progress->next_ms)
        return;
    progress->next_ms = now_ms + PROGRESS_INTERVAL_MS;
    progress->shown = true;
    fputs("\r\033[K", stderr);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (!progress->shown)
        return;
    progress->shown = false;
    fputs("\r\033[K", stderr);
    fflush(stderr);
}

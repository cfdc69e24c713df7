/* The program: hands the command line to the table of commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/command.h"

extern char **environ;

/* What a full disk or a closed pipe swallowed is no success. */
static int close_output(int exit_status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_status;
    return command_fail_as(EXIT_FAILED, "standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    const char *const *arguments = (const char *const *)argv;
    size_t count = argc > 0 ? (size_t)argc - 1 : 0;
    return close_output(command_line_run(count == 0 ? arguments : arguments + 1, count, environ));
}

#include "worker/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>

void thread_name(const char *format, ...)
{
    char name[16];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    prctl(PR_SET_NAME, name);
}

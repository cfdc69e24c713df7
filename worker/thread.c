#include "worker/thread.h"

#include <stdio.h>
#include <sys/prctl.h>

void thread_name(const char *what, int32_t number)
{
    char name[32];
    if (number < 0)
        snprintf(name, sizeof name, "%s", what);
    else
        snprintf(name, sizeof name, "%s %d", what, (int)number);
    prctl(PR_SET_NAME, name);
}

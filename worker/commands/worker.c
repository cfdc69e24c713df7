#include "worker/worker.h"

#include <stdio.h>

#include "worker/command.h"

int command_worker(struct command_call *call)
{
    struct error error;
    struct settings settings;
    if (command_switch(call, "print-settings")) {
        enum status printed = settings_print(call->arena, call->environment, call->flags,
                                             call->flag_count, stdout, &error);
        return printed == STATUS_OK ? EXIT_DONE : command_fail(&error);
    }
    enum status status = command_settings(call, &settings, &error);
    if (status == STATUS_OK)
        status = worker_main(&settings, &error);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&error);
}

#include "worker/dev/dev.h"

#include "worker/command.h"

/* Enough for a test on a laptop; loads belong to a real broker. */
#define DEV_START_MAX UINT64_C(100000)

int command_dev(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct dev_options options = {.folder = call->arguments[0],
                                  .keeps_data = command_switch(call, "keep")};
    bool all_completed = false;
    enum status status =
        command_number(call, "start", 1, DEV_START_MAX, &options.start_count, &error);
    if (status == STATUS_OK)
        status = command_settings(call, &settings, &error);
    if (status == STATUS_OK)
        status = dev_run(&options, &settings, call->arena, &all_completed, &error);
    if (status != STATUS_OK)
        return command_fail(&error);
    return options.start_count == 0 || all_completed ? EXIT_DONE : EXIT_FAILED;
}

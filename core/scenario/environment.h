/* environment.h - what assertions see. For this folder alone. */
#ifndef CORE_SCENARIO_ENVIRONMENT_H
#define CORE_SCENARIO_ENVIRONMENT_H

enum assertion_slot {
    ASSERTION_STATE = 0, /* the state value */
    ASSERTION_STATUS,
    ASSERTION_CONTEXT,
    ASSERTION_OUTPUT,  /* null until there is one */
    ASSERTION_EMITTED, /* a list of events */
    ASSERTION_LOGGED,  /* a list of lists */
    ASSERTION_EVENT,   /* of this step; null where there is none */
    ASSERTION_INPUT,
    ASSERTION_NOW,
    ASSERTION_SLOT_COUNT
};

#define ASSERTION_NAMES                                                                        \
    {                                                                                          \
        TEXT_INIT("state"), TEXT_INIT("status"), TEXT_INIT("context"), TEXT_INIT("output"),    \
            TEXT_INIT("emitted"), TEXT_INIT("logged"), TEXT_INIT("event"), TEXT_INIT("input"), \
            TEXT_INIT("now")                                                                   \
    }

#endif

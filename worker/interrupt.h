/* interrupt.h - Ctrl-C and SIGTERM, noted for a command that can end cleanly.
 *
 * The handler only notes; the command's loop polls with a short timeout and looks. The
 * second signal ends the process at once, as it would have without us. */
#ifndef WORKER_INTERRUPT_H
#define WORKER_INTERRUPT_H

#include <stdbool.h>

/* The longest that a command's loop waits before it looks again. */
enum { INTERRUPT_POLL_MS = 100 };

void interrupt_install(void);
bool interrupt_requested(void);

#endif

/* thread.h - what a thread is called, for `top -H`, /proc and debuggers. */
#ifndef WORKER_THREAD_H
#define WORKER_THREAD_H

#include <stdint.h>

/* Names the calling thread: "lane 3", or without a number below 0. Linux keeps 15 bytes. */
void thread_name(const char *what, int32_t number);

#endif

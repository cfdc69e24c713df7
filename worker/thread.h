/* thread.h - what a thread is called, for `top -H`, /proc and debuggers. */
#ifndef WORKER_THREAD_H
#define WORKER_THREAD_H

/* Names the calling thread; Linux keeps 15 bytes. */
void thread_name(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

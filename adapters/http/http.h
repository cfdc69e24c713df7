/* http.h - a small HTTP listener for probes and metrics, behind libmicrohttpd.
 *
 * The only folder that includes libmicrohttpd. One thread of its own answers everything,
 * one request at a time: a route's handler therefore must not wait, and reads only what
 * other threads publish for it (atomics). What a client may take is bounded: connections,
 * bytes of a request, idle time, bytes of an answer. */
#ifndef ADAPTERS_HTTP_HTTP_H
#define ADAPTERS_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/writer.h"

/* Limits of one listener. */
enum {
    HTTP_CONNECTIONS_MAX = 32,           /* a kubelet and a few Prometheus servers need five */
    HTTP_CONNECTIONS_PER_ADDRESS = 16,   /* so that one client cannot keep the kubelet out */
    HTTP_IDLE_SECONDS_MAX = 30,          /* a connection on which nothing moves is closed */
    HTTP_REQUEST_SIZE_MAX = 8 * 1024,    /* request line and headers; more is answered 431 or 414 */
    HTTP_BODY_SIZE_MAX = 8 * 1024 * 1024 /* of an answer; more is answered 500 */
};

/* What a handler answers. The body is written into memory of the listener. */
struct http_response {
    unsigned int status;      /* 200 unless the handler says otherwise */
    const char *content_type; /* "text/plain; charset=utf-8" unless it says otherwise */
    struct writer body;
};

typedef void http_handler(void *context, struct http_response *response);

/* GET and HEAD of one path, exactly; the query is not looked at. */
struct http_route {
    const char *path;
    http_handler *handle;
    void *context;
};

struct http_listener;

/* The version of libmicrohttpd that is loaded: "0.9.75". */
const char *http_library_version(void);

/* Whether `address` is an IPv4 or IPv6 address in numbers, as http_listener_create wants it. */
bool http_address_is_valid(const char *address);

/* Listens on `address` and `port` (0: a free one), and answers by `routes` until it is
 * destroyed; other paths get 404, other methods 405 with Allow. "0.0.0.0" is every IPv4
 * address, "::" every address of both kinds. `routes` must outlive the listener.
 * STATUS_REJECTED: no such address; STATUS_FATAL: it cannot listen there, and why. */
enum status http_listener_create(struct http_listener **out, const char *address, uint16_t port,
                                 const struct http_route *routes, size_t route_count,
                                 struct error *error);

/* The port that it listens on. */
uint16_t http_listener_port(const struct http_listener *listener);

/* Closes all connections, and waits for the answer under way. Accepts NULL. */
void http_listener_destroy(struct http_listener *listener);

#endif

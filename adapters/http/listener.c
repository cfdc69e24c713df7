#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "adapters/http/http.h"
#include "core/arena.h"

/* A body that grows is copied into twice the room: all its sizes together, and some more. */
enum { ARENA_SIZE_MAX = 4 * HTTP_BODY_SIZE_MAX };

struct http_listener {
    struct MHD_Daemon *daemon;
    const struct http_route *routes;
    size_t route_count;
    struct arena *arena; /* of the answer under way: there is one thread */
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* --- Answering ------------------------------------------------------------------ */

static void begin_response(struct http_listener *listener, struct http_response *response)
{
    arena_reset(listener->arena);
    *response =
        (struct http_response){.status = MHD_HTTP_OK, .content_type = "text/plain; charset=utf-8"};
    writer_init_arena(&response->body, listener->arena, HTTP_BODY_SIZE_MAX);
}

static void say(struct http_response *response, unsigned int status, const char *line)
{
    response->status = status;
    writer_string(&response->body, line);
}

static void answer(struct http_listener *listener, const char *path, const char *method,
                   struct http_response *response)
{
    const struct http_route *route = NULL;
    for (size_t i = 0; i < listener->route_count && route == NULL; i++) {
        if (strcmp(listener->routes[i].path, path) == 0)
            route = &listener->routes[i];
    }
    if (route == NULL)
        say(response, MHD_HTTP_NOT_FOUND, "no such path\n");
    else if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        say(response, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    else
        route->handle(route->context, response);
}

static enum MHD_Result send_response(struct MHD_Connection *connection,
                                     struct http_response *response)
{
    struct MHD_Response *message = MHD_create_response_from_buffer(
        response->body.size, response->body.data, MHD_RESPMEM_MUST_COPY);
    if (message == NULL)
        return MHD_NO;
    MHD_add_response_header(message, MHD_HTTP_HEADER_CONTENT_TYPE, response->content_type);
    if (response->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(message, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result sent = MHD_queue_response(connection, response->status, message);
    MHD_destroy_response(message);
    return sent;
}

/* Answers as soon as the headers are there: a body that somebody sends along is not read,
 * and libmicrohttpd closes that connection. */
static enum MHD_Result handle_request(void *context, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *upload, size_t *upload_size, void **state)
{
    struct http_listener *listener = context;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    struct http_response response;
    begin_response(listener, &response);
    answer(listener, path, method, &response);
    if (response.body.overflowed) {
        begin_response(listener, &response);
        say(&response, MHD_HTTP_INTERNAL_SERVER_ERROR, "the answer is too large\n");
    }
    return send_response(connection, &response);
}

/* --- Listening ------------------------------------------------------------------- */

static bool read_address(const char *text, uint16_t port, union address *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return true;
    }
    return false;
}

const char *http_library_version(void)
{
    return MHD_get_version();
}

bool http_address_is_valid(const char *address)
{
    union address ignored;
    return read_address(address, 0, &ignored);
}

static struct MHD_Daemon *start_daemon(struct http_listener *listener, const union address *address)
{
    unsigned int flags = MHD_USE_AUTO_INTERNAL_THREAD;
    if (address->any.sa_family == AF_INET6)
        flags |= memcmp(&address->v6.sin6_addr, &in6addr_any, sizeof in6addr_any) == 0
                     ? MHD_USE_DUAL_STACK
                     : MHD_USE_IPv6;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, handle_request, listener, MHD_OPTION_SOCK_ADDR, &address->any,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)HTTP_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned int)HTTP_CONNECTIONS_PER_ADDRESS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)HTTP_IDLE_SECONDS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_REQUEST_SIZE_MAX, MHD_OPTION_END);
}

enum status http_listener_create(struct http_listener **out, const char *address, uint16_t port,
                                 const struct http_route *routes, size_t route_count,
                                 struct error *error)
{
    union address where;
    if (!read_address(address, port, &where))
        return error_set(error, STATUS_REJECTED, "\"%s\" is no IPv4 or IPv6 address", address);
    struct http_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return error_memory(error);
    listener->routes = routes;
    listener->route_count = route_count;
    listener->arena = arena_create(ARENA_SIZE_MAX);
    if (listener->arena == NULL) {
        http_listener_destroy(listener);
        return error_memory(error);
    }
    errno = 0;
    listener->daemon = start_daemon(listener, &where);
    if (listener->daemon == NULL) {
        int reason = errno;
        http_listener_destroy(listener);
        return error_set(error, STATUS_FATAL, "HTTP on %s port %u: %s", address, (unsigned)port,
                         reason == 0 ? "the listener does not start" : strerror(reason));
    }
    *out = listener;
    return STATUS_OK;
}

uint16_t http_listener_port(const struct http_listener *listener)
{
    return MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void http_listener_destroy(struct http_listener *listener)
{
    if (listener == NULL)
        return;
    if (listener->daemon != NULL)
        MHD_stop_daemon(listener->daemon);
    arena_destroy(listener->arena);
    free(listener);
}

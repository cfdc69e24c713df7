/* The listener as curl sees it (its exit status, the status line, headers, the body), and
 * raw sockets for what curl would not send. */
#include "tests/test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "adapters/http/http.h"

enum { ANSWER_SIZE = 64 * 1024 };

static void handle_hello(void *context, struct http_response *response)
{
    writer_string(&response->body, context);
}

static void handle_unwell(void *context, struct http_response *response)
{
    (void)context;
    response->status = 503;
    response->content_type = "application/x-test";
    writer_string(&response->body, "no\n");
}

static void handle_huge(void *context, struct http_response *response)
{
    (void)context;
    for (size_t i = 0; i <= HTTP_BODY_SIZE_MAX / 16; i++)
        writer_string(&response->body, "0123456789abcdef");
}

static char greeting[] = "hello\n";

static const struct http_route routes[] = {
    {"/hello", handle_hello, greeting},
    {"/unwell", handle_unwell, NULL},
    {"/huge", handle_huge, NULL},
};

static int setup(void **state)
{
    struct error error;
    struct http_listener *listener = NULL;
    if (http_listener_create(&listener, "127.0.0.1", 0, routes, COUNT_OF(routes), &error) !=
        STATUS_OK)
        fail_msg("%s", error.message);
    *state = listener;
    return 0;
}

static int teardown(void **state)
{
    http_listener_destroy(*state);
    return 0;
}

/* Runs curl with `options` on `path`; what it printed is in `out`. Returns its exit status. */
static int curl(unsigned port, const char *options, const char *path, char *out)
{
    char command[1024];
    snprintf(command, sizeof command, "curl --silent --max-time 20 %s http://127.0.0.1:%u%s",
             options, port, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(out, 1, ANSWER_SIZE - 1, pipe);
    out[size] = '\0';
    return pclose(pipe);
}

static void answers_as_curl_sees_them(void **state)
{
    static const struct {
        const char *name;
        const char *options;
        const char *path;
        const char *begins; /* RFC 9110's reason phrases, by libmicrohttpd */
        const char *has;
        const char *ends;
    } rows[] = {
        {"a path", "-i", "/hello", "HTTP/1.1 200 OK\r\n",
         "Content-Type: text/plain; charset=utf-8\r\n", "\r\n\r\nhello\n"},
        {"a query is not looked at", "-i", "/hello?a=b", "HTTP/1.1 200 OK\r\n", "",
         "\r\n\r\nhello\n"},
        {"HEAD has no body", "-I", "/hello", "HTTP/1.1 200 OK\r\n", "Content-Length: 6\r\n",
         "\r\n\r\n"},
        {"a handler's status and type", "-i", "/unwell", "HTTP/1.1 503 Service Unavailable\r\n",
         "Content-Type: application/x-test\r\n", "\r\n\r\nno\n"},
        {"another path", "-i", "/hello/", "HTTP/1.1 404 Not Found\r\n", "", "no such path\n"},
        {"a path out of the tree", "-i --path-as-is", "/../hello", "HTTP/1.1 404 Not Found\r\n", "",
         "no such path\n"},
        {"POST", "-i -d x=y", "/hello", "HTTP/1.1 405 Method Not Allowed\r\n",
         "Allow: GET, HEAD\r\n", "only GET and HEAD\n"},
        {"DELETE", "-i -X DELETE", "/hello", "HTTP/1.1 405 Method Not Allowed\r\n",
         "Allow: GET, HEAD\r\n", "only GET and HEAD\n"},
        {"an answer beyond the limit", "-i", "/huge", "HTTP/1.1 500 Internal Server Error\r\n", "",
         "the answer is too large\n"},
        {"headers beyond the limit", "-i -H \"X-Long: $(head -c 9000 /dev/zero | tr '\\0' x)\"",
         "/hello", "HTTP/1.1 431 Request Header Fields Too Large\r\n", "", ""},
    };
    unsigned port = http_listener_port(*state);
    static char out[ANSWER_SIZE];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_ROW(rows[i].name, curl(port, rows[i].options, rows[i].path, out) == 0);
        CHECK_ROW(rows[i].name, strncmp(out, rows[i].begins, strlen(rows[i].begins)) == 0);
        CHECK_ROW(rows[i].name, strstr(out, rows[i].has) != NULL);
        size_t size = strlen(out), ending = strlen(rows[i].ends);
        CHECK_ROW(rows[i].name, size >= ending && strcmp(out + size - ending, rows[i].ends) == 0);
    }
}

static int open_socket(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(connection >= 0);
    assert_int_equal(connect(connection, (struct sockaddr *)&address, sizeof address), 0);
    return connection;
}

/* Until the listener closes, or says nothing more: what it cannot make sense of and what may
 * still become a request it leaves open for HTTP_IDLE_SECONDS_MAX. */
static size_t read_all(int connection, char *out)
{
    const struct timeval patience = {.tv_sec = 1};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    size_t size = 0;
    ssize_t got;
    while ((got = read(connection, out + size, ANSWER_SIZE - 1 - size)) > 0)
        size += (size_t)got;
    out[size] = '\0';
    close(connection);
    return size;
}

/* One client alone may not have more connections than it should; others go on, and so does
 * it, as soon as it closes some. */
static void connections_of_one_client_are_bounded(void **state)
{
    unsigned port = http_listener_port(*state);
    int connections[HTTP_CONNECTIONS_PER_ADDRESS];
    static char out[ANSWER_SIZE];
    for (size_t i = 0; i < COUNT_OF(connections); i++) {
        connections[i] = open_socket(port);
        assert_true(write(connections[i], "GET /hello HTTP/1.1\r\n", 21) == 21);
    }
    assert_int_not_equal(curl(port, "", "/hello", out), 0);
    for (size_t i = 0; i < COUNT_OF(connections); i++)
        close(connections[i]);
    assert_int_equal(curl(port, "--retry 20 --retry-delay 1 --retry-all-errors", "/hello", out), 0);
    assert_string_equal(out, greeting);
}

/* What is no HTTP gets an error or a closed connection, and the next client an answer. */
static void what_is_no_http_is_refused(void **state)
{
    static const char *const rows[] = {"\r\n\r\n\r\n\r\n",
                                       "HELLO\r\n\r\n",
                                       "GET\r\n\r\n",
                                       "GET /hello HTTP/9.9\r\n\r\n",
                                       "GET /hello HTTP/1.1\r\nno colon\r\n\r\n",
                                       "\x16\x03\x01\x02"};
    unsigned port = http_listener_port(*state);
    static char out[ANSWER_SIZE];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int connection = open_socket(port);
        assert_true(write(connection, rows[i], strlen(rows[i])) > 0);
        shutdown(connection, SHUT_WR);
        read_all(connection, out);
        CHECK_ROW(rows[i], strstr(out, " 200 ") == NULL);
    }
    assert_int_equal(curl(port, "", "/hello", out), 0);
    assert_string_equal(out, greeting);
}

static void where_it_cannot_listen_is_named(void **state)
{
    struct error error;
    struct http_listener *other = NULL;
    uint16_t taken = http_listener_port(*state);
    assert_int_equal(http_listener_create(&other, "localhost", 0, routes, 1, &error),
                     STATUS_REJECTED);
    assert_string_equal(error.message, "\"localhost\" is no IPv4 or IPv6 address");
    assert_int_equal(http_listener_create(&other, "127.0.0.1", taken, routes, 1, &error),
                     STATUS_FATAL);
    assert_non_null(strstr(error.message, "Address already in use"));
    assert_null(other);
}

static void addresses_are_numbers(void **state)
{
    static const struct {
        const char *address;
        bool is_valid;
    } rows[] = {
        {"127.0.0.1", true},
        {"0.0.0.0", true},
        {"::", true},
        {"::1", true},
        {"", false},
        {"localhost", false},
        {"127.0.0.1:80", false},
        {"[::1]", false},
        {"1.2.3", false},
        {"*", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].address, http_address_is_valid(rows[i].address) == rows[i].is_valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_as_curl_sees_them, setup, teardown),
        cmocka_unit_test_setup_teardown(connections_of_one_client_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_http_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(where_it_cannot_listen_is_named, setup, teardown),
        cmocka_unit_test(addresses_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

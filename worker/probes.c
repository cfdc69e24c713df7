#include "worker/probes.h"

#include <stdlib.h>

#include "adapters/http/http.h"
#include "worker/health.h"
#include "worker/log.h"
#include "worker/settings.h"
#include "worker/time.h"
#include "worker/version.h"

struct probes {
    const struct metrics *metrics;
    struct version version;
    struct http_listener *listener;
    struct http_route routes[3];

    /* The watchdog as /livez saw it last; the listener's thread alone uses them. */
    bool has_watchdog;
    uint32_t watchdog_timeout_ms;
    uint64_t watchdog_beats;
    int64_t watchdog_seen_ms;
};

/* The watchdog ends the process by itself. What is left to tell is whether it still looks. */
static bool is_watchdog_looking(struct probes *probes)
{
    uint64_t beats = counter_read(&probes->metrics->watchdog_beats);
    int64_t now_ms = time_monotonic_ms();
    if (beats != probes->watchdog_beats) {
        probes->watchdog_beats = beats;
        probes->watchdog_seen_ms = now_ms;
    }
    return now_ms - probes->watchdog_seen_ms < probes->watchdog_timeout_ms;
}

static void handle_livez(void *context, struct http_response *response)
{
    struct probes *probes = context;
    if (!probes->has_watchdog || is_watchdog_looking(probes)) {
        writer_string(&response->body, "alive\n");
        return;
    }
    response->status = 503;
    writer_string(&response->body, "not alive: the watchdog is stuck\n");
}

static void handle_readyz(void *context, struct http_response *response)
{
    const struct probes *probes = context;
    struct error error;
    if (health_ready(probes->metrics, &error) == STATUS_OK) {
        writer_string(&response->body, "ready\n");
        return;
    }
    response->status = 503;
    writer_string(&response->body, "not ready: ");
    writer_string(&response->body, error.message);
    writer_char(&response->body, '\n');
}

static void handle_metrics(void *context, struct http_response *response)
{
    const struct probes *probes = context;
    struct error error;
    response->content_type = METRICS_CONTENT_TYPE;
    metrics_write(probes->metrics, &probes->version,
                  health_ready(probes->metrics, &error) == STATUS_OK, time_monotonic_ms(),
                  &response->body);
}

enum status probes_create(struct probes **out, const struct settings *settings,
                          const struct metrics *metrics, struct error *error)
{
    *out = NULL;
    if (settings->http_port == 0)
        return STATUS_OK;
    struct probes *probes = calloc(1, sizeof *probes);
    if (probes == NULL)
        return error_memory(error);
    probes->metrics = metrics;
    probes->has_watchdog = settings->watchdog_timeout_ms > 0;
    probes->watchdog_timeout_ms = settings->watchdog_timeout_ms;
    probes->watchdog_seen_ms = time_monotonic_ms();
    probes->version = version_read();
    probes->routes[0] = (struct http_route){"/livez", handle_livez, probes};
    probes->routes[1] = (struct http_route){"/readyz", handle_readyz, probes};
    probes->routes[2] = (struct http_route){"/metrics", handle_metrics, probes};
    enum status status =
        http_listener_create(&probes->listener, settings->http_address,
                             (uint16_t)settings->http_port, probes->routes, 3, error);
    if (status != STATUS_OK) {
        free(probes);
        return status;
    }
    log_info("listening", log_string("address", settings->http_address),
             log_number("port", settings->http_port));
    *out = probes;
    return STATUS_OK;
}

void probes_destroy(struct probes *probes)
{
    if (probes == NULL)
        return;
    http_listener_destroy(probes->listener);
    free(probes);
}

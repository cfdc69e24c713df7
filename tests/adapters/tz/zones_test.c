/* The system's time zone database, as expressions see it. Expected offsets are Python's
 * zoneinfo over the same database (tzdata); years beyond its files come from their rules. Zones
 * whose governments change them from year to year have no rows for the future. */
#include "tests/test.h"

#include "adapters/tz/zones.h"

static void test_offsets(void **state)
{
    static const struct {
        const char *zone;
        int64_t time;
        int32_t offset;
    } rows[] = {
        {"America/New_York", INT64_C(-5364662400), -17762},  /* 1800-01-01T00:00:00 */
        {"America/New_York", INT64_C(-774619200), -14400},   /* 1945-06-15T12:00:00 */
        {"America/New_York", INT64_C(-1), -18000},           /* 1969-12-31T23:59:59 */
        {"America/New_York", INT64_C(1325246400), -18000},   /* 2011-12-30T12:00:00 */
        {"America/New_York", INT64_C(1743296399), -14400},   /* 2025-03-30T00:59:59 */
        {"America/New_York", INT64_C(1782864000), -14400},   /* 2026-07-01T00:00:00 */
        {"America/New_York", INT64_C(1793512799), -14400},   /* 2026-11-01T05:59:59 */
        {"America/New_York", INT64_C(2524608000), -18000},   /* 2050-01-01T00:00:00 */
        {"America/New_York", INT64_C(2540246400), -14400},   /* 2050-07-01T00:00:00 */
        {"America/New_York", INT64_C(253386403200), -14400}, /* 9999-07-01T00:00:00 */
        {"Europe/Berlin", INT64_C(-5364662400), 3208},       /* 1800-01-01T00:00:00 */
        {"Europe/Berlin", INT64_C(-774619200), 10800},       /* 1945-06-15T12:00:00 */
        {"Europe/Berlin", INT64_C(-1), 3600},                /* 1969-12-31T23:59:59 */
        {"Europe/Berlin", INT64_C(1325246400), 3600},        /* 2011-12-30T12:00:00 */
        {"Europe/Berlin", INT64_C(1743296399), 3600},        /* 2025-03-30T00:59:59 */
        {"Europe/Berlin", INT64_C(1782864000), 7200},        /* 2026-07-01T00:00:00 */
        {"Europe/Berlin", INT64_C(1793512799), 3600},        /* 2026-11-01T05:59:59 */
        {"Europe/Berlin", INT64_C(2524608000), 3600},        /* 2050-01-01T00:00:00 */
        {"Europe/Berlin", INT64_C(2540246400), 7200},        /* 2050-07-01T00:00:00 */
        {"Europe/Berlin", INT64_C(253386403200), 7200},      /* 9999-07-01T00:00:00 */
        {"Europe/Dublin", INT64_C(-5364662400), -1521},      /* 1800-01-01T00:00:00 */
        {"Europe/Dublin", INT64_C(-774619200), 3600},        /* 1945-06-15T12:00:00 */
        {"Europe/Dublin", INT64_C(-1), 3600},                /* 1969-12-31T23:59:59 */
        {"Europe/Dublin", INT64_C(1325246400), 0},           /* 2011-12-30T12:00:00 */
        {"Europe/Dublin", INT64_C(1743296399), 0},           /* 2025-03-30T00:59:59 */
        {"Europe/Dublin", INT64_C(1782864000), 3600},        /* 2026-07-01T00:00:00 */
        {"Europe/Dublin", INT64_C(1793512799), 0},           /* 2026-11-01T05:59:59 */
        {"Europe/Dublin", INT64_C(2524608000), 0},           /* 2050-01-01T00:00:00 */
        {"Europe/Dublin", INT64_C(2540246400), 3600},        /* 2050-07-01T00:00:00 */
        {"Europe/Dublin", INT64_C(253386403200), 3600},      /* 9999-07-01T00:00:00 */
        {"Australia/Sydney", INT64_C(-5364662400), 36292},   /* 1800-01-01T00:00:00 */
        {"Australia/Sydney", INT64_C(-774619200), 36000},    /* 1945-06-15T12:00:00 */
        {"Australia/Sydney", INT64_C(-1), 36000},            /* 1969-12-31T23:59:59 */
        {"Australia/Sydney", INT64_C(1325246400), 39600},    /* 2011-12-30T12:00:00 */
        {"Australia/Sydney", INT64_C(1743296399), 39600},    /* 2025-03-30T00:59:59 */
        {"Australia/Sydney", INT64_C(1782864000), 36000},    /* 2026-07-01T00:00:00 */
        {"Australia/Sydney", INT64_C(1793512799), 39600},    /* 2026-11-01T05:59:59 */
        {"Australia/Sydney", INT64_C(2524608000), 39600},    /* 2050-01-01T00:00:00 */
        {"Australia/Sydney", INT64_C(2540246400), 36000},    /* 2050-07-01T00:00:00 */
        {"Australia/Sydney", INT64_C(253386403200), 36000},  /* 9999-07-01T00:00:00 */
        {"Asia/Kathmandu", INT64_C(-5364662400), 20476},     /* 1800-01-01T00:00:00 */
        {"Asia/Kathmandu", INT64_C(-774619200), 19800},      /* 1945-06-15T12:00:00 */
        {"Asia/Kathmandu", INT64_C(-1), 19800},              /* 1969-12-31T23:59:59 */
        {"Asia/Kathmandu", INT64_C(1325246400), 20700},      /* 2011-12-30T12:00:00 */
        {"Asia/Kathmandu", INT64_C(1743296399), 20700},      /* 2025-03-30T00:59:59 */
        {"Asia/Kathmandu", INT64_C(1782864000), 20700},      /* 2026-07-01T00:00:00 */
        {"Asia/Kathmandu", INT64_C(1793512799), 20700},      /* 2026-11-01T05:59:59 */
        {"Asia/Kathmandu", INT64_C(2524608000), 20700},      /* 2050-01-01T00:00:00 */
        {"Asia/Kathmandu", INT64_C(2540246400), 20700},      /* 2050-07-01T00:00:00 */
        {"Asia/Kathmandu", INT64_C(253386403200), 20700},    /* 9999-07-01T00:00:00 */
        {"America/St_Johns", INT64_C(-5364662400), -12652},  /* 1800-01-01T00:00:00 */
        {"America/St_Johns", INT64_C(-774619200), -9000},    /* 1945-06-15T12:00:00 */
        {"America/St_Johns", INT64_C(-1), -12600},           /* 1969-12-31T23:59:59 */
        {"America/St_Johns", INT64_C(1325246400), -12600},   /* 2011-12-30T12:00:00 */
        {"America/St_Johns", INT64_C(1743296399), -9000},    /* 2025-03-30T00:59:59 */
        {"America/St_Johns", INT64_C(1782864000), -9000},    /* 2026-07-01T00:00:00 */
        {"America/St_Johns", INT64_C(1793512799), -12600},   /* 2026-11-01T05:59:59 */
        {"America/St_Johns", INT64_C(2524608000), -12600},   /* 2050-01-01T00:00:00 */
        {"America/St_Johns", INT64_C(2540246400), -9000},    /* 2050-07-01T00:00:00 */
        {"America/St_Johns", INT64_C(253386403200), -9000},  /* 9999-07-01T00:00:00 */
        {"Africa/Casablanca", INT64_C(-5364662400), -1820},  /* 1800-01-01T00:00:00 */
        {"Africa/Casablanca", INT64_C(-774619200), 3600},    /* 1945-06-15T12:00:00 */
        {"Africa/Casablanca", INT64_C(-1), 0},               /* 1969-12-31T23:59:59 */
        {"Africa/Casablanca", INT64_C(1325246400), 0},       /* 2011-12-30T12:00:00 */
        {"Africa/Casablanca", INT64_C(1743296399), 0},       /* 2025-03-30T00:59:59 */
        {"Pacific/Apia", INT64_C(-5364662400), 45184},       /* 1800-01-01T00:00:00 */
        {"Pacific/Apia", INT64_C(-774619200), -41400},       /* 1945-06-15T12:00:00 */
        {"Pacific/Apia", INT64_C(-1), -39600},               /* 1969-12-31T23:59:59 */
        {"Pacific/Apia", INT64_C(1325246400), 50400},        /* 2011-12-30T12:00:00 */
        {"Pacific/Apia", INT64_C(1743296399), 46800},        /* 2025-03-30T00:59:59 */
        {"Pacific/Apia", INT64_C(1782864000), 46800},        /* 2026-07-01T00:00:00 */
        {"Pacific/Apia", INT64_C(1793512799), 46800},        /* 2026-11-01T05:59:59 */
        {"Pacific/Apia", INT64_C(2524608000), 46800},        /* 2050-01-01T00:00:00 */
        {"Pacific/Apia", INT64_C(2540246400), 46800},        /* 2050-07-01T00:00:00 */
        {"Pacific/Apia", INT64_C(253386403200), 46800},      /* 9999-07-01T00:00:00 */
        {"Asia/Tehran", INT64_C(-5364662400), 12344},        /* 1800-01-01T00:00:00 */
        {"Asia/Tehran", INT64_C(-774619200), 12600},         /* 1945-06-15T12:00:00 */
        {"Asia/Tehran", INT64_C(-1), 12600},                 /* 1969-12-31T23:59:59 */
        {"Asia/Tehran", INT64_C(1325246400), 12600},         /* 2011-12-30T12:00:00 */
        {"Asia/Tehran", INT64_C(1743296399), 12600},         /* 2025-03-30T00:59:59 */
        {"Asia/Tehran", INT64_C(1782864000), 12600},         /* 2026-07-01T00:00:00 */
        {"Asia/Tehran", INT64_C(1793512799), 12600},         /* 2026-11-01T05:59:59 */
        {"Asia/Tehran", INT64_C(2524608000), 12600},         /* 2050-01-01T00:00:00 */
        {"Asia/Tehran", INT64_C(2540246400), 12600},         /* 2050-07-01T00:00:00 */
        {"Asia/Tehran", INT64_C(253386403200), 12600},       /* 9999-07-01T00:00:00 */
        {"Antarctica/Troll", INT64_C(-5364662400), 0},       /* 1800-01-01T00:00:00 */
        {"Antarctica/Troll", INT64_C(-774619200), 0},        /* 1945-06-15T12:00:00 */
        {"Antarctica/Troll", INT64_C(-1), 0},                /* 1969-12-31T23:59:59 */
        {"Antarctica/Troll", INT64_C(1325246400), 0},        /* 2011-12-30T12:00:00 */
        {"Antarctica/Troll", INT64_C(1743296399), 0},        /* 2025-03-30T00:59:59 */
        {"Antarctica/Troll", INT64_C(1782864000), 7200},     /* 2026-07-01T00:00:00 */
        {"Antarctica/Troll", INT64_C(1793512799), 0},        /* 2026-11-01T05:59:59 */
        {"Antarctica/Troll", INT64_C(2524608000), 0},        /* 2050-01-01T00:00:00 */
        {"Antarctica/Troll", INT64_C(2540246400), 7200},     /* 2050-07-01T00:00:00 */
        {"Antarctica/Troll", INT64_C(253386403200), 7200},   /* 9999-07-01T00:00:00 */
        {"America/Nuuk", INT64_C(-5364662400), -12416},      /* 1800-01-01T00:00:00 */
        {"America/Nuuk", INT64_C(-774619200), -10800},       /* 1945-06-15T12:00:00 */
        {"America/Nuuk", INT64_C(-1), -10800},               /* 1969-12-31T23:59:59 */
        {"America/Nuuk", INT64_C(1325246400), -10800},       /* 2011-12-30T12:00:00 */
        {"America/Nuuk", INT64_C(1743296399), -7200},        /* 2025-03-30T00:59:59 */
        {"Asia/Gaza", INT64_C(-5364662400), 8272},           /* 1800-01-01T00:00:00 */
        {"Asia/Gaza", INT64_C(-774619200), 10800},           /* 1945-06-15T12:00:00 */
        {"Asia/Gaza", INT64_C(-1), 7200},                    /* 1969-12-31T23:59:59 */
        {"Asia/Gaza", INT64_C(1325246400), 7200},            /* 2011-12-30T12:00:00 */
        {"Asia/Gaza", INT64_C(1743296399), 7200},            /* 2025-03-30T00:59:59 */
        {"UTC", INT64_C(-5364662400), 0},                    /* 1800-01-01T00:00:00 */
        {"UTC", INT64_C(-774619200), 0},                     /* 1945-06-15T12:00:00 */
        {"UTC", INT64_C(-1), 0},                             /* 1969-12-31T23:59:59 */
        {"UTC", INT64_C(1325246400), 0},                     /* 2011-12-30T12:00:00 */
        {"UTC", INT64_C(1743296399), 0},                     /* 2025-03-30T00:59:59 */
        {"UTC", INT64_C(1782864000), 0},                     /* 2026-07-01T00:00:00 */
        {"UTC", INT64_C(1793512799), 0},                     /* 2026-11-01T05:59:59 */
        {"UTC", INT64_C(2524608000), 0},                     /* 2050-01-01T00:00:00 */
        {"UTC", INT64_C(2540246400), 0},                     /* 2050-07-01T00:00:00 */
        {"UTC", INT64_C(253386403200), 0},                   /* 9999-07-01T00:00:00 */
        {"Etc/GMT+5", INT64_C(-5364662400), -18000},         /* 1800-01-01T00:00:00 */
        {"Etc/GMT+5", INT64_C(-774619200), -18000},          /* 1945-06-15T12:00:00 */
        {"Etc/GMT+5", INT64_C(-1), -18000},                  /* 1969-12-31T23:59:59 */
        {"Etc/GMT+5", INT64_C(1325246400), -18000},          /* 2011-12-30T12:00:00 */
        {"Etc/GMT+5", INT64_C(1743296399), -18000},          /* 2025-03-30T00:59:59 */
        {"Etc/GMT+5", INT64_C(1782864000), -18000},          /* 2026-07-01T00:00:00 */
        {"Etc/GMT+5", INT64_C(1793512799), -18000},          /* 2026-11-01T05:59:59 */
        {"Etc/GMT+5", INT64_C(2524608000), -18000},          /* 2050-01-01T00:00:00 */
        {"Etc/GMT+5", INT64_C(2540246400), -18000},          /* 2050-07-01T00:00:00 */
        {"Etc/GMT+5", INT64_C(253386403200), -18000},        /* 9999-07-01T00:00:00 */
        {"EST5EDT", INT64_C(-5364662400), -18000},           /* 1800-01-01T00:00:00 */
        {"EST5EDT", INT64_C(-774619200), -14400},            /* 1945-06-15T12:00:00 */
        {"EST5EDT", INT64_C(-1), -18000},                    /* 1969-12-31T23:59:59 */
        {"EST5EDT", INT64_C(1325246400), -18000},            /* 2011-12-30T12:00:00 */
        {"EST5EDT", INT64_C(1743296399), -14400},            /* 2025-03-30T00:59:59 */
        {"EST5EDT", INT64_C(1782864000), -14400},            /* 2026-07-01T00:00:00 */
        {"EST5EDT", INT64_C(1793512799), -14400},            /* 2026-11-01T05:59:59 */
        {"EST5EDT", INT64_C(2524608000), -18000},            /* 2050-01-01T00:00:00 */
        {"EST5EDT", INT64_C(2540246400), -14400},            /* 2050-07-01T00:00:00 */
        {"EST5EDT", INT64_C(253386403200), -14400},          /* 9999-07-01T00:00:00 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int32_t offset = 0;
        CHECK_ROW(rows[i].zone,
                  tz_zones.offset(tz_zones.self, text_of(rows[i].zone), rows[i].time, &offset));
        if (offset != rows[i].offset)
            fail_msg("%s at %lld: %d, expected %d", rows[i].zone, (long long)rows[i].time, offset,
                     rows[i].offset);
    }
}

/* No name leads out of the folder, and what is no zone in it is none. */
static void test_names_that_are_no_zones(void **state)
{
    static const char *const names[] = {
        "",
        "/",
        "Europe",
        "Europe/",
        "/etc/localtime",
        "../zoneinfo/UTC",
        "Europe/../UTC",
        "./UTC",
        "Nowhere/Land",
        "leapseconds",
        "zone.tab",
        "europe/berlin\n",
        "America/New York",
        "A23456789012345678901234567890123456789012345678901234567890123456",
    };
    int32_t offset;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        CHECK_ROW(names[i], !tz_zones.offset(tz_zones.self, text_of(names[i]), 0, &offset));
    assert_false(tz_zones.offset(tz_zones.self, (struct text){"UTC\0x", 5}, 0, &offset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_names_that_are_no_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

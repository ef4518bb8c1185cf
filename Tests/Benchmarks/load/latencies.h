// Latencies as they were, each one kept, and sorted once at the end.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct latencies {
    int64_t *all;
    size_t count, room;
};

static inline int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline void note(struct latencies *them, int64_t nanoseconds) {
    if (them->count == them->room) {
        them->room = them->room ? 2 * them->room : 1 << 16;
        them->all = realloc(them->all, them->room * sizeof *them->all);
        if (!them->all) abort();
    }
    them->all[them->count++] = nanoseconds;
}

static int ascending(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double microseconds_at(const struct latencies *them, double share) {
    size_t index = (size_t)(share * (double)them->count);
    return (double)them->all[index < them->count ? index : them->count - 1] / 1000;
}

/// Prints the members of a JSON object, each with `prefix` before its name; times are in microseconds.
static inline void print_percentiles(struct latencies *them, const char *prefix) {
    if (them->count == 0) return;
    qsort(them->all, them->count, sizeof *them->all, ascending);
    printf(",\"%sp50\":%.1f,\"%sp99\":%.1f,\"%sp999\":%.1f,\"%smax\":%.1f", prefix, microseconds_at(them, 0.5), prefix,
        microseconds_at(them, 0.99), prefix, microseconds_at(them, 0.999), prefix, microseconds_at(them, 1));
}

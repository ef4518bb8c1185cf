// The peers that are no servers, measured by one JSON object each.
//
//     peers disk FOLDER BYTES SECONDS                    writes of so many bytes, preallocated, each synced
//     peers sqlite FOLDER BYTES PER_COMMIT SECONDS       rows of so many bytes, WAL, synchronous=FULL

#define _GNU_SOURCE
#include "latencies.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct latencies commits;

static void require(int holds, const char *what) {
    if (holds) return;
    perror(what);
    exit(1);
}

static void *payload(size_t bytes) {
    char *text = malloc(bytes + 1);
    require(text != NULL, "memory");
    memset(text, 'x', bytes);
    text[bytes] = 0;
    return text;
}

static void disk(size_t bytes, int64_t end) {
    enum { file_bytes = 64 << 20 };
    int file = open("disk", O_CREAT | O_TRUNC | O_RDWR, 0600);
    require(file >= 0, "open");
    char *filling = payload(file_bytes), *block = payload(bytes);
    require(write(file, filling, file_bytes) == file_bytes && fsync(file) == 0, "fill");
    off_t at = 0;
    for (int64_t began = nanoseconds(), now; began < end; began = now) {
        require(pwrite(file, block, bytes, at) == (ssize_t)bytes && fdatasync(file) == 0, "write and sync");
        now = nanoseconds();
        note(&commits, now - began);
        at = (at + (off_t)bytes) % (file_bytes - (off_t)bytes);
    }
}

static sqlite3 *base;

static void run(const char *sql) { require(sqlite3_exec(base, sql, NULL, NULL, NULL) == SQLITE_OK, sql); }

static void sqlite(size_t bytes, int per_commit, int64_t end) {
    require(sqlite3_open("sqlite", &base) == SQLITE_OK, "sqlite3_open");
    run("pragma journal_mode=wal");
    run("pragma synchronous=full");
    run("create table log (position integer primary key, event text not null)");
    sqlite3_stmt *insert, *begin, *commit;
    sqlite3_prepare_v2(base, "begin", -1, &begin, NULL);
    sqlite3_prepare_v2(base, "commit", -1, &commit, NULL);
    require(sqlite3_prepare_v2(base, "insert into log (event) values (?)", -1, &insert, NULL) == SQLITE_OK, "prepare");
    char *text = payload(bytes);
    for (int64_t began = nanoseconds(), now; began < end; began = now) {
        sqlite3_step(begin);
        sqlite3_reset(begin);
        for (int row = 0; row < per_commit; row++) {
            sqlite3_bind_text(insert, 1, text, (int)bytes, SQLITE_STATIC);
            require(sqlite3_step(insert) == SQLITE_DONE, "insert");
            sqlite3_reset(insert);
        }
        require(sqlite3_step(commit) == SQLITE_DONE, "commit");
        sqlite3_reset(commit);
        now = nanoseconds();
        note(&commits, now - began);
    }
}

int main(int count, char **arguments) {
    int is_disk = count == 5 && strcmp(arguments[1], "disk") == 0;
    int is_sqlite = count == 6 && strcmp(arguments[1], "sqlite") == 0;
    if (!is_disk && !is_sqlite) return fprintf(stderr, "usage: see the source\n"), 64;
    require(chdir(arguments[2]) == 0, arguments[2]);
    size_t bytes = (size_t)atol(arguments[3]);
    int per_commit = is_sqlite ? atoi(arguments[4]) : 1;
    int64_t began = nanoseconds(), end = began + (int64_t)(atof(arguments[count - 1]) * 1e9);
    if (is_disk) disk(bytes, end); else sqlite(bytes, per_commit, end);
    double seconds = 0;
    for (size_t index = 0; index < commits.count; index++) seconds += (double)commits.all[index] / 1e9;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    size_t rows = commits.count * (size_t)per_commit;
    printf("{\"count\":%zu,\"per_second\":%.1f,\"rss_kib\":%ld", rows, (double)rows / seconds, used.ru_maxrss);
    print_percentiles(&commits, "");
    printf("}\n");
    return 0;
}

// Asks a register as fast as it answers, or at a fixed rate, and tells how long the answers took, as one JSON object.
//
//     load --socket PATH --lines FILE [--clients 1] [--in-flight 1] [--first NUMBER] [--seconds S] [--requests N]
//          [--rate R] [--follow FILE --mark TEXT]
//     load --socket PATH --lines FILE --drain TEXT
//
// FILE holds requests, one a line; they are sent in turn, over and over. In each, every `@@@@@@@@@@@@` becomes the
// request's number, twelve digits that never come again in a run; it must be the request's `id`, too.
//
// Closed loop: each client keeps `in-flight` requests outstanding. Open loop (`--rate`): a request is sent when it is
// due, whatever has been answered, and its latency counts from when it was due, so that a server that stalls cannot
// make the load wait for it. `--follow` adds a connection that sends its own line (events.subscribe) and watches for
// events; the number of the request that made one stands behind TEXT. `--drain` sends its line and reads until a line
// with TEXT comes.

#define _GNU_SOURCE
#include "latencies.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    digits = 12,
    read_bytes = 1 << 20,
    clients_max = 4096,
    /// Outstanding requests whose sending times are known.
    outstanding_max = 1 << 20,
};
static const char hole[] = "@@@@@@@@@@@@";
static const char answer_start[] = "{\"jsonrpc\":\"2.0\",\"id\":";
static const char answer_result[] = ",\"result\":";

struct line {
    char *text;
    size_t length;
    size_t *holes;
    size_t hole_count;
};

struct connection {
    int socket;
    bool follows, wants_write;
    char *in, *out;
    size_t in_length, in_room, out_start, out_length, out_room;
};

static struct line *lines;
static size_t line_count;
static struct connection connections[clients_max + 1];
static int poll_set;
static int64_t sent_at[outstanding_max];
static int64_t first_number = 100000000000, next_number, outstanding, answered, refused, bytes_in, events, last_answer;
static const char *mark;
static struct latencies answers, followings;

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void complain(const char *what) {
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

static void *room_for(void *bytes, size_t *room, size_t needed) {
    if (needed <= *room) return bytes;
    while (*room < needed) *room = *room ? 2 * *room : 1 << 16;
    bytes = realloc(bytes, *room);
    if (!bytes) fail("memory");
    return bytes;
}

// MARK: Lines

static struct line *read_lines(const char *path, size_t *count) {
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    struct line *read = NULL;
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    *count = 0;
    while ((length = getline(&text, &room, file)) > 1) {
        read = realloc(read, (*count + 1) * sizeof *read);
        struct line line = {.text = text, .length = (size_t)length};
        for (char *at = text; (at = strstr(at, hole)); at += digits) {
            line.holes = realloc(line.holes, (line.hole_count + 1) * sizeof *line.holes);
            line.holes[line.hole_count++] = (size_t)(at - text);
        }
        read[(*count)++] = line;
        text = NULL;
        room = 0;
    }
    fclose(file);
    if (*count == 0) complain("there is no line to send");
    return read;
}

static int64_t number_at(const char *text) {
    int64_t number = 0;
    for (int index = 0; index < digits; index++) number = 10 * number + (text[index] - '0');
    return number;
}

// MARK: Connections

static struct connection *open_connection(const char *path, int index) {
    struct connection *it = &connections[index];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) complain("the path of the socket is too long");
    strcpy(address.sun_path, path);
    it->socket = socket(AF_UNIX, SOCK_STREAM, 0);
    if (it->socket < 0 || connect(it->socket, (struct sockaddr *)&address, sizeof address)) fail(path);
    it->in = room_for(NULL, &it->in_room, 1);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = it};
    if (epoll_ctl(poll_set, EPOLL_CTL_ADD, it->socket, &event)) fail("epoll_ctl");
    return it;
}

static void write_out(struct connection *it) {
    while (it->out_start < it->out_length) {
        ssize_t sent = send(it->socket, it->out + it->out_start, it->out_length - it->out_start,
            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) fail("send");
        it->out_start += (size_t)sent;
    }
    if (it->out_start == it->out_length) it->out_start = it->out_length = 0;
    bool wants_write = it->out_length > 0;
    if (wants_write != it->wants_write) {
        struct epoll_event event = {.events = EPOLLIN | (wants_write ? EPOLLOUT : 0), .data.ptr = it};
        if (epoll_ctl(poll_set, EPOLL_CTL_MOD, it->socket, &event)) fail("epoll_ctl");
        it->wants_write = wants_write;
    }
}

static void put_line(struct connection *it, const struct line *line) {
    it->out = room_for(it->out, &it->out_room, it->out_length + line->length);
    memcpy(it->out + it->out_length, line->text, line->length);
    it->out_length += line->length;
}

/// Puts the next request behind what is to be sent; its latency counts from `since`.
static void put_request(struct connection *it, int64_t since) {
    int64_t number = next_number++;
    const struct line *line = &lines[(size_t)(number - first_number) % line_count];
    put_line(it, line);
    char *text = it->out + it->out_length - line->length;
    char written[digits];
    int64_t rest = number;
    for (int index = digits; index-- > 0; rest /= 10) written[index] = (char)('0' + rest % 10);
    for (size_t index = 0; index < line->hole_count; index++) memcpy(text + line->holes[index], written, digits);
    if (outstanding++ == outstanding_max) complain("the server is too far behind");
    sent_at[number % outstanding_max] = since;
}

static void take_answer(const char *line, size_t length, int64_t now) {
    size_t prefix = sizeof answer_start - 1;
    if (length < prefix + digits || memcmp(line, answer_start, prefix)) {
        fprintf(stderr, "load: not an answer: %.*s\n", (int)(length < 500 ? length : 500), line);
        exit(1);
    }
    note(&answers, now - sent_at[number_at(line + prefix) % outstanding_max]);
    outstanding--;
    answered++;
    if (memcmp(line + prefix + digits, answer_result, sizeof answer_result - 1) && refused++ == 0)
        fprintf(stderr, "load: refused: %.*s\n", (int)(length < 500 ? length : 500), line);
}

static void take_event(const char *line, size_t length, int64_t now) {
    const char *at = memmem(line, length, mark, strlen(mark));
    if (!at) return;
    events++;
    int64_t number = number_at(at + strlen(mark));
    if (number >= first_number && number < next_number) note(&followings, now - sent_at[number % outstanding_max]);
}

/// Reads what there is, once, and gives each whole line to `take`; tells how many lines.
static size_t read_in(struct connection *it, void (*take)(const char *, size_t, int64_t)) {
    it->in = room_for(it->in, &it->in_room, it->in_length + 1);
    ssize_t got = recv(it->socket, it->in + it->in_length, it->in_room - it->in_length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got < 0) fail("recv");
    if (got == 0) complain("the server closed the connection");
    int64_t now = nanoseconds();
    bytes_in += got;
    char *start = it->in, *from = it->in + it->in_length, *end = from + got, *newline;
    size_t count = 0;
    for (; (newline = memchr(from, '\n', (size_t)(end - from))); start = from = newline + 1, count++)
        take(start, (size_t)(newline - start), now);
    it->in_length = (size_t)(end - start);
    memmove(it->in, start, it->in_length);
    // A line that fills the buffer needs a larger one.
    it->in = room_for(it->in, &it->in_room, it->in_length + (it->in_length == it->in_room));
    if (count > 0) last_answer = now;
    return count;
}

// MARK: The loops

struct run {
    int clients, in_flight;
    double seconds, rate;
    int64_t requests;
};

static void load(const struct run *run) {
    int64_t began = nanoseconds();
    int64_t deadline = run->seconds > 0 ? began + (int64_t)(run->seconds * 1e9) : INT64_MAX;
    int64_t end_number = run->requests > 0 ? next_number + run->requests : INT64_MAX;
    double interval = run->rate > 0 ? 1e9 / run->rate : 0;
    if (interval == 0)
        for (int index = 0; index < run->clients; index++) {
            for (int each = 0; each < run->in_flight && next_number < end_number; each++)
                put_request(&connections[index], nanoseconds());
            write_out(&connections[index]);
        }
    for (;;) {
        int64_t now = nanoseconds();
        bool sending = now < deadline && next_number < end_number;
        if (!sending && outstanding == 0 && (!mark || (int64_t)followings.count == answered - refused)) return;
        if (now - last_answer > 30000000000 && now - began > 30000000000) complain("no answer for 30 seconds");
        int64_t wait = 100000000;
        if (sending && interval > 0) {
            // Everything that is due, each with the time at which it was.
            int64_t due = began + (int64_t)((double)(next_number - first_number) * interval);
            for (; due <= now && next_number < end_number;
                 due = began + (int64_t)((double)(next_number - first_number) * interval)) {
                struct connection *it = &connections[(next_number - first_number) % run->clients];
                put_request(it, due);
                write_out(it);
            }
            wait = due > now ? due - now : 0;
        }
        struct epoll_event ready[256];
        struct timespec timeout = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
        int count = epoll_pwait2(poll_set, ready, 256, &timeout, NULL);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (int index = 0; index < count; index++) {
            struct connection *it = ready[index].data.ptr;
            if (it->follows) {
                read_in(it, take_event);
                continue;
            }
            size_t got = ready[index].events & EPOLLIN ? read_in(it, take_answer) : 0;
            if (interval == 0 && last_answer < deadline)
                for (; got > 0 && next_number < end_number; got--) put_request(it, nanoseconds());
            write_out(it);
        }
    }
}

static bool drained;
static int64_t drained_lines;

static void take_history(const char *line, size_t length, int64_t now) {
    (void)now;
    drained_lines++;
    if (memmem(line, length < 120 ? length : 120, mark, strlen(mark))) drained = true;
}

static void drain(void) {
    struct connection *it = &connections[0];
    it->in = room_for(it->in, &it->in_room, read_bytes);
    put_request(it, nanoseconds());
    write_out(it);
    struct epoll_event ready;
    while (!drained) {
        if (epoll_wait(poll_set, &ready, 1, 30000) < 1) complain("nothing came for 30 seconds");
        read_in(it, take_history);
    }
}

int main(int count, char **arguments) {
    static const struct option options[] = {
        {"socket", required_argument, 0, 's'}, {"lines", required_argument, 0, 'l'},
        {"clients", required_argument, 0, 'c'}, {"in-flight", required_argument, 0, 'i'},
        {"first", required_argument, 0, 'n'}, {"seconds", required_argument, 0, 't'},
        {"requests", required_argument, 0, 'r'}, {"rate", required_argument, 0, 'o'},
        {"follow", required_argument, 0, 'f'}, {"mark", required_argument, 0, 'm'},
        {"drain", required_argument, 0, 'd'}, {0}};
    struct run run = {.clients = 1, .in_flight = 1};
    const char *path = NULL, *file = NULL, *follow = NULL, *last = NULL;
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;)
        switch (option) {
        case 's': path = optarg; break;
        case 'l': file = optarg; break;
        case 'c': run.clients = atoi(optarg); break;
        case 'i': run.in_flight = atoi(optarg); break;
        case 'n': first_number = atoll(optarg); break;
        case 't': run.seconds = atof(optarg); break;
        case 'r': run.requests = atoll(optarg); break;
        case 'o': run.rate = atof(optarg); break;
        case 'f': follow = optarg; break;
        case 'm': mark = optarg; break;
        case 'd': last = optarg; break;
        default: return 64;
        }
    if (!path || !file) complain("--socket and --lines are needed");
    if (run.clients < 1 || run.clients > clients_max || run.in_flight < 1) complain("clients or in-flight out of bounds");
    if (first_number < 100000000000 || first_number > 899999999999) complain("--first has twelve digits");
    if (!follow != !(mark && !last)) complain("--follow and --mark go together");
    if (!last && run.seconds <= 0 && run.requests <= 0) complain("--seconds or --requests is needed");
    lines = read_lines(file, &line_count);
    next_number = first_number;
    poll_set = epoll_create1(0);
    for (int index = 0; index < (last ? 1 : run.clients); index++) open_connection(path, index);
    if (follow) {
        size_t follow_count;
        struct connection *follower = open_connection(path, run.clients);
        follower->follows = true;
        put_line(follower, read_lines(follow, &follow_count));
        write_out(follower);
        // Its answer, so that no event comes too early.
        struct epoll_event ready;
        while (read_in(follower, take_event) == 0) epoll_wait(poll_set, &ready, 1, 30000);
    }
    int64_t began = nanoseconds();
    if (last) {
        mark = last;
        drain();
    } else {
        load(&run);
    }
    double seconds = (double)(nanoseconds() - began) / 1e9;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double busy = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
        + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    int64_t total = last ? drained_lines : answered;
    printf("{\"count\":%ld,\"refused\":%ld,\"seconds\":%.6f,\"per_second\":%.1f,\"bytes_in\":%ld,\"next\":%ld,\"busy\":%.2f",
        total, refused, seconds, (double)total / seconds, bytes_in, next_number, busy / seconds);
    print_percentiles(&answers, "");
    print_percentiles(&followings, "follow_");
    printf("}\n");
    return refused > 0;
}

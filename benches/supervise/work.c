// What the benchmark of supervisors runs: programs that print, one that reads and counts, and the
// least that a supervisor could be.
//
//   work flood NAME COUNT GATE     COUNT numbered lines of 120 bytes, then waits for the file GATE
//   work burst NAME COUNT CODE     the same, and ends at once with CODE
//   work tick COUNT MICROS GATE    a line with the time every MICROS microseconds
//   work idle FILE                 appends the time to FILE, prints a line, sleeps
//   work deaf                      ignores requests to end
//   work daemon                    leaves a grandchild with a session and no parent, then sleeps
//   work count NAMES COUNT OUT     reads lines of all NAMES (one letter each), writes a summary to OUT
//   work late COUNT OUT            reads lines of `tick`, writes how late they came
//   work mux NAME=COMMAND...       starts, prefixes whole lines, copies: the minimal multiplexer
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 120, BLOCK = 1 << 18 };

static long long nanos(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void put(int fd, const char *from, size_t left) {
    while (left) {
        ssize_t done = write(fd, from, left);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) exit(9);
        from += done;
        left -= done;
    }
}

// `<A 00000042 ...........>`: of a fixed length, every byte known.
static void line(char *to, char name, long number) {
    int head = sprintf(to, "<%c %08ld ", name, number);
    memset(to + head, '.' + number % 64, LINE - 2 - head);
    to[LINE - 2] = '>';
    to[LINE - 1] = '\n';
}

static void flood(char name, long count) {
    static char block[512 * LINE + 1];
    size_t used = 0;
    for (long n = 0; n < count; n++) {
        line(block + used, name, n);
        used += LINE;
        if (used == 512 * LINE || n + 1 == count) {
            put(1, block, used);
            used = 0;
        }
    }
}

static void gate(const char *file) {
    while (access(file, F_OK)) usleep(20000);
}

static void stamp(const char *file) {
    char text[40];
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);
    put(fd, text, sprintf(text, "%lld\n", nanos()));
    close(fd);
}

static void count(const char *names, long each, const char *out) {
    static char room[2 * BLOCK];
    size_t have = 0, kinds = strlen(names);
    long next[64] = {0}, lines = 0, torn = 0, disorder = 0;
    long long first = 0, last = 0;
    char expected[LINE + 1];
    ssize_t got;
    while (lines + torn < each * (long)kinds && (got = read(0, room + have, BLOCK)) > 0) {
        last = nanos();
        have += got;
        char *at = room, *end;
        while ((end = memchr(at, '\n', room + have - at))) {
            char *start = memchr(at, '<', end - at);
            if (start) {
                // What a supervisor says of itself comes long before the flood.
                if (!first) first = last;
                const char *kind = memchr(names, start[1], kinds);
                long number = strtol(start + 3, 0, 10);
                if (kind && end - start >= LINE - 1) line(expected, *kind, number);
                if (!kind || end - start < LINE - 1 || memcmp(start, expected, LINE - 1)) torn++;
                else {
                    lines++;
                    if (next[kind - names] != number) disorder++;
                    next[kind - names] = number + 1;
                }
            }
            at = end + 1;
        }
        have = room + have - at;
        memmove(room, at, have);
        if (have >= BLOCK) have = 0;
    }
    char partly[600];
    snprintf(partly, sizeof partly, "%s.part", out);
    FILE *file = fopen(partly, "w");
    fprintf(file, "{\"lines\": %ld, \"lost\": %ld, \"torn\": %ld, \"disorder\": %ld, \"first\": %lld, \"last\": %lld}\n",
            lines, each * (long)kinds - lines, torn, disorder, first, last);
    fclose(file);
    rename(partly, out);
    while (read(0, room, BLOCK) > 0) {}
}

static int by_size(const void *a, const void *b) {
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}

static void late(long wanted, const char *out) {
    static char room[BLOCK];
    long long *times = calloc(wanted, sizeof *times);
    size_t have = 0;
    long seen = 0;
    ssize_t got;
    while (seen < wanted && (got = read(0, room + have, sizeof room - have)) > 0) {
        long long now = nanos();
        have += got;
        char *at = room, *end;
        while ((end = memchr(at, '\n', room + have - at)) && seen < wanted) {
            char *start = memmem(at, end - at, "at=", 3);
            if (start) times[seen++] = now - atoll(start + 3);
            at = end + 1;
        }
        have = room + have - at;
        memmove(room, at, have);
    }
    // The first tenth warms up.
    long skip = seen / 10, kept = seen - skip;
    qsort(times + skip, kept, sizeof *times, by_size);
    FILE *file = fopen(out, "w");
    fprintf(file, "{\"p50\": %.1f, \"p99\": %.1f}\n", times[skip + kept / 2] / 1e3, times[skip + kept * 99 / 100] / 1e3);
    fclose(file);
    while (read(0, room, BLOCK) > 0) {}
}

static volatile sig_atomic_t asked;
static void ask(int number) { asked = number; }

static int mux(int services, char **words) {
    struct pollfd pipes[512];
    char *rest[512], name[512][64];
    size_t have[512] = {0};
    pid_t group[512];
    static char out[8 * BLOCK];
    int alive = services;
    for (int n = 0; n < services; n++) {
        int ends[2];
        char *command = strchr(words[n], '=');
        if (!command || pipe2(ends, O_CLOEXEC)) return 1;
        *command++ = 0;
        snprintf(name[n], sizeof name[n], "%s | ", words[n]);
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        if (!(group[n] = fork())) {
            setpgid(0, 0);
            dup2(ends[1], 1);
            dup2(ends[1], 2);
            execl("/bin/sh", "sh", "-c", command, (char *)0);
            _exit(127);
        }
        close(ends[1]);
        pipes[n] = (struct pollfd){ends[0], POLLIN, 0};
        rest[n] = malloc(BLOCK);
    }
    struct sigaction action = {.sa_handler = ask};
    sigaction(SIGINT, &action, 0);
    sigaction(SIGTERM, &action, 0);
    while (alive) {
        poll(pipes, services, -1);
        for (int n = 0; asked && n < services; n++) kill(-group[n], SIGTERM);
        asked = 0;
        for (int n = 0; n < services; n++) {
            if (pipes[n].fd < 0 || !pipes[n].revents) continue;
            ssize_t got = read(pipes[n].fd, rest[n] + have[n], BLOCK - have[n]);
            if (got <= 0) {
                pipes[n].fd = -1;
                alive--;
                continue;
            }
            have[n] += got;
            size_t used = 0, prefix = strlen(name[n]);
            char *at = rest[n], *end;
            while ((end = memchr(at, '\n', rest[n] + have[n] - at))) {
                memcpy(out + used, name[n], prefix);
                memcpy(out + used + prefix, at, end + 1 - at);
                used += prefix + (end + 1 - at);
                at = end + 1;
                if (used > 6 * BLOCK) put(1, out, used), used = 0;
            }
            put(1, out, used);
            have[n] = rest[n] + have[n] - at;
            memmove(rest[n], at, have[n]);
            if (have[n] == BLOCK) have[n] = 0;
        }
    }
    while (wait(0) > 0) {}
    return 0;
}

int main(int words, char **word) {
    const char *what = words > 1 ? word[1] : "";
    if (!strcmp(what, "mux")) return mux(words - 2, word + 2);
    if (!strcmp(what, "count")) return count(word[2], atol(word[3]), word[4]), 0;
    if (!strcmp(what, "late")) return late(atol(word[2]), word[3]), 0;
    if (!strcmp(what, "burst")) return flood(word[2][0], atol(word[3])), atoi(word[4]);
    if (!strcmp(what, "flood")) {
        // Everybody is up before the flood begins: foreman 0.87 hangs on one that comes earlier.
        usleep(800000);
        flood(word[2][0], atol(word[3]));
        gate(word[4]);
        return 0;
    }
    if (!strcmp(what, "tick")) {
        usleep(800000);
        for (long n = atol(word[2]); n; n--) {
            char text[160];
            put(1, text, sprintf(text, "INFO: a line as services print them, with some words at=%lld and a few behind it\n", nanos()));
            usleep(atoi(word[3]));
        }
        gate(word[4]);
        return 0;
    }
    if (!strcmp(what, "idle")) stamp(word[2]);
    if (!strcmp(what, "deaf")) {
        signal(SIGINT, SIG_IGN);
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
    }
    if (!strcmp(what, "daemon") && !fork()) {
        setsid();
        if (fork()) _exit(0);
        int nothing = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
        execl("/proc/self/exe", word[0], "orphan", (char *)0);
    }
    if (strcmp(what, "orphan")) put(1, "up\n", 3);
    for (;;) pause();
}

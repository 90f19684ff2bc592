/* Stands between the program and the system, and lets an operation that changes files fail, or kills the program just
 * before it. It is loaded before all other libraries; the tests build it.
 *
 * FAULT_UNDER   only operations on files below this folder count, from 0 on
 * FAULT_LOG     where each of them is written down: its name and its path
 * FAULT_AT      the operation that fails
 * FAULT_ERRNO   what it fails with, a number
 * FAULT_SHORT   a write that fails has written half by then
 * FAULT_ON      from then on every operation that needs room fails too, as on a full disk
 * FAULT_KILL_AT the operation before which the program is killed
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int operations = 0;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : -1;
}

static int lies_under(const char *path) {
    const char *under = getenv("FAULT_UNDER");
    size_t length = under ? strlen(under) : 0;
    return length > 0 && strncmp(path, under, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static void write_down(const char *name, const char *path) {
    const char *log = getenv("FAULT_LOG");
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s %s\n", name, path);
    if (!log) return;
    /* Past our own functions, which count. */
    int fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return;
    (void)!syscall(SYS_write, fd, line, length);
    syscall(SYS_close, fd);
}

enum need { NO_ROOM, ROOM };

/* Counts an operation; whether it is to fail, with errno set. */
static int fails(const char *name, const char *path, enum need need) {
    if (!lies_under(path)) return 0;
    int this = __atomic_fetch_add(&operations, 1, __ATOMIC_SEQ_CST);
    write_down(name, path);
    if (this == number("FAULT_KILL_AT")) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    long at = number("FAULT_AT");
    int fail = at >= 0 && (this == at || (need == ROOM && this > at && getenv("FAULT_ON")));
    if (fail) errno = (int)number("FAULT_ERRNO");
    return fail;
}

static int fails_at_fd(const char *name, int fd, enum need need) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return fails(name, path, need);
}

/* The folder is resolved, the name in it is not: it may not be there yet. */
static int fails_at_path(const char *name, int folder, const char *path, enum need need) {
    char joined[2 * PATH_MAX], whole[PATH_MAX], link[64];
    if (path[0] != '/' && folder != AT_FDCWD) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, joined, PATH_MAX - 1);
        if (length <= 0) return 0;
        snprintf(joined + length, sizeof joined - length, "/%s", path);
    } else {
        snprintf(joined, sizeof joined, "%s%s", path[0] == '/' ? "" : "./", path);
    }
    char *slash = strrchr(joined, '/');
    char *last = strdup(slash + 1);
    slash[slash == joined] = 0;
    int resolved = realpath(joined, whole) != NULL;
    int fail = 0;
    if (resolved) {
        snprintf(joined, sizeof joined, "%s/%s", whole, last);
        fail = fails(name, joined, need);
    }
    free(last);
    return fail;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t count) {
    if (!fails_at_fd("write", fd, ROOM)) return NEXT(write)(fd, bytes, count);
    int error = errno;
    if (getenv("FAULT_SHORT")) (void)!NEXT(write)(fd, bytes, count / 2);
    errno = error;
    return -1;
}

#define PWRITE(name, offset_type)                                                  \
    ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) {     \
        if (!fails_at_fd("pwrite", fd, ROOM)) return NEXT(name)(fd, bytes, count, offset); \
        int error = errno;                                                         \
        if (getenv("FAULT_SHORT")) (void)!NEXT(name)(fd, bytes, count / 2, offset); \
        errno = error;                                                             \
        return -1;                                                                 \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return fails_at_fd("writev", fd, ROOM) ? -1 : NEXT(writev)(fd, parts, count);
}

int fsync(int fd) { return fails_at_fd("fsync", fd, NO_ROOM) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return fails_at_fd("fdatasync", fd, NO_ROOM) ? -1 : NEXT(fdatasync)(fd); }

int ftruncate(int fd, off_t length) {
    return fails_at_fd("ftruncate", fd, NO_ROOM) ? -1 : NEXT(ftruncate)(fd, length);
}
int ftruncate64(int fd, off64_t length) {
    return fails_at_fd("ftruncate", fd, NO_ROOM) ? -1 : NEXT(ftruncate64)(fd, length);
}

int rename(const char *from, const char *to) {
    return fails_at_path("rename", AT_FDCWD, to, NO_ROOM) ? -1 : NEXT(rename)(from, to);
}
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    return fails_at_path("rename", to_folder, to, NO_ROOM) ? -1
                                                           : NEXT(renameat)(from_folder, from, to_folder, to);
}
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    return fails_at_path("rename", to_folder, to, NO_ROOM)
               ? -1
               : NEXT(renameat2)(from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) { return fails_at_path("unlink", AT_FDCWD, path, NO_ROOM) ? -1 : NEXT(unlink)(path); }
int unlinkat(int folder, const char *path, int flags) {
    return fails_at_path("unlink", folder, path, NO_ROOM) ? -1 : NEXT(unlinkat)(folder, path, flags);
}

int mkdir(const char *path, mode_t mode) {
    return fails_at_path("mkdir", AT_FDCWD, path, ROOM) ? -1 : NEXT(mkdir)(path, mode);
}

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        va_list more;                                                           \
        va_start(more, flags);                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;  \
        va_end(more);                                                           \
        if (flags & O_CREAT && fails_at_path("create", AT_FDCWD, path, ROOM)) return -1; \
        return NEXT(name)(path, flags, mode);                                   \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                            \
    int name(int folder, const char *path, int flags, ...) {                    \
        va_list more;                                                           \
        va_start(more, flags);                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;  \
        va_end(more);                                                           \
        if (flags & O_CREAT && fails_at_path("create", folder, path, ROOM)) return -1; \
        return NEXT(name)(folder, path, flags, mode);                           \
    }
OPENAT(openat)
OPENAT(openat64)

#include "common/private-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 384 /* as much of a path as fits into a sentence with its command */

/* As a shell reads it back: quoted when there is anything in it but the usual. */
static void quote_path(const char *directory, const char *leaf, char ret_text[PATH_ROOM])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./,@%";
    char path[PATH_ROOM];
    size_t used = 0;

    snprintf(path, sizeof path, "%s%s%s", directory, leaf == NULL ? "" : "/",
             leaf == NULL ? "" : leaf);
    if (path[strspn(path, plain)] == '\0') {
        memcpy(ret_text, path, sizeof path);
        return;
    }
    ret_text[used++] = '\'';
    for (const char *c = path; *c != '\0' && used < PATH_ROOM - 6; c++) {
        if (*c == '\'')
            used += (size_t)sprintf(ret_text + used, "'\\''");
        else
            ret_text[used++] = *c;
    }
    ret_text[used++] = '\'';
    ret_text[used] = '\0';
}

static int check(int fd, const char *directory, const char *leaf, char ret_error[ERROR_ROOM])
{
    char path[PATH_ROOM];
    mode_t type = leaf == NULL ? S_IFDIR : S_IFREG;
    struct stat status;

    quote_path(directory, leaf, path);
    if (fstat(fd, &status) < 0) {
        snprintf(ret_error, ERROR_ROOM, "%s: %s", path, strerror(errno));
        return -errno;
    }
    if ((status.st_mode & S_IFMT) != type) {
        snprintf(ret_error, ERROR_ROOM, "%s is not a %s", path,
                 leaf == NULL ? "directory" : "file");
        return -EPERM;
    }
    if (status.st_uid != geteuid()) {
        snprintf(ret_error, ERROR_ROOM, "%s belongs to user %lu, not to %lu: sudo chown %lu %s",
                 path, (unsigned long)status.st_uid, (unsigned long)geteuid(),
                 (unsigned long)geteuid(), path);
        return -EPERM;
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        snprintf(ret_error, ERROR_ROOM, "others have rights on %s (mode %04o): chmod %s %s", path,
                 status.st_mode & 07777, leaf == NULL ? "700" : "600", path);
        return -EPERM;
    }
    return 0;
}

int private_directory_open(const char *path, int *ret_fd, char ret_error[ERROR_ROOM])
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (fd < 0) {
        r = -errno;
        snprintf(ret_error, ERROR_ROOM, "cannot open %s: %s", path, strerror(-r));
        return r;
    }
    r = check(fd, path, NULL, ret_error);
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int private_file_open(const char *directory, int directory_fd, const char *leaf, int *ret_fd,
                      char ret_error[ERROR_ROOM])
{
    /* O_NONBLOCK: a FIFO in its place must not hold us. */
    int fd = openat(directory_fd, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int r;

    if (fd < 0) {
        r = -errno;
        if (r == -ELOOP)
            snprintf(ret_error, ERROR_ROOM, "%s/%s is a symbolic link; put the file there",
                     directory, leaf);
        else if (r != -ENOENT)
            snprintf(ret_error, ERROR_ROOM, "cannot open %s/%s: %s", directory, leaf, strerror(-r));
        return r;
    }
    r = check(fd, directory, leaf, ret_error);
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

static int write_all(int fd, const char *bytes, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t n = write(fd, bytes, size_bytes);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        size_bytes -= (size_t)n;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

int private_file_create(int directory_fd, const char *leaf, const void *bytes, size_t size_bytes)
{
    char temporary[64];
    uint64_t random;
    int fd;
    int r;

    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return -EIO;
    snprintf(temporary, sizeof temporary, ".%.40s.%016llx", leaf, (unsigned long long)random);
    fd = openat(directory_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = fchmod(fd, 0600) < 0 ? -errno : 0; /* an odd umask may have taken rights from us */
    if (r == 0)
        r = write_all(fd, bytes, size_bytes);
    /* link, not rename: it never replaces what another process has put there. */
    if (r == 0 && linkat(directory_fd, temporary, directory_fd, leaf, 0) < 0)
        r = -errno;
    unlinkat(directory_fd, temporary, 0);
    if (r == 0 && fsync(directory_fd) < 0)
        r = -errno;
    close(fd);
    return r;
}

#include "qmp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_KEYCODE 38
static const char HOME_ROW[] = "asdfghjk"; /* their names there */

static int tell(int fd, const char *line)
{
    ssize_t size = (ssize_t)strlen(line);
    return send(fd, line, (size_t)size, MSG_NOSIGNAL) == size ? 0 : -EIO;
}

/* Reads until that word is there. */
static int hear(int fd, const char *word)
{
    char text[4096];
    size_t size = 0;
    while (size < sizeof text - 1) {
        ssize_t got = recv(fd, text + size, sizeof text - 1 - size, 0);
        if (got <= 0)
            return -EIO;
        size += (size_t)got;
        text[size] = '\0';
        if (strstr(text, word))
            return 0;
    }
    return -EMSGSIZE;
}

int qmp_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        hear(fd, "\"QMP\"") < 0 || tell(fd, "{\"execute\": \"qmp_capabilities\"}\n") < 0 ||
        hear(fd, "\"return\"") < 0) {
        close(fd);
        return -EIO;
    }
    return fd;
}

int qmp_press(int fd, unsigned keycode, bool down)
{
    char line[256], answers[4096];
    if (keycode < FIRST_KEYCODE || keycode - FIRST_KEYCODE >= strlen(HOME_ROW))
        return -EINVAL;
    snprintf(line, sizeof line,
             "{\"execute\": \"input-send-event\", \"arguments\": {\"events\": [{\"type\": \"key\", "
             "\"data\": {\"down\": %s, \"key\": {\"type\": \"qcode\", \"data\": \"%c\"}}}]}}\n",
             down ? "true" : "false", HOME_ROW[keycode - FIRST_KEYCODE]);
    while (recv(fd, answers, sizeof answers, MSG_DONTWAIT) > 0)
        ;
    return tell(fd, line);
}

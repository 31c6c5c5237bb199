/*
 * A VNC client of libvncclient, as others write it: looks, types, points, asks for another size.
 * Commands on standard input, a line each; what it says goes to standard output. A test tool,
 * never installed.
 */
#include <errno.h>
#include <poll.h>
#include <rfb/rfbclient.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_ROOM 512

static const char HELP[] =
    "Usage: vnc-library HOST PORT [ENCODINGS]\n"
    "HOST: an address, or the path of a socket. The password is $VNC_PASSWORD. Commands:\n"
    "  keep FILE          the picture as it is known now, 4 bytes a pixel, 0x00RRGGBB; says "
    "`kept`\n"
    "  key KEYSYM 1|0     down, up\n"
    "  point X Y BUTTONS\n"
    "  size WIDTH HEIGHT  asks the other side for it\n"
    "It says `connected WIDTH HEIGHT NAME`, `size WIDTH HEIGHT` for each one, `gone` or "
    "`refused`.\n";

static void say(const char *word)
{
    puts(word);
    fflush(stdout);
}

static rfbBool take_size(rfbClient *client)
{
    free(client->frameBuffer);
    client->frameBuffer = calloc((size_t)client->width * (size_t)client->height, 4);
    printf("size %d %d\n", client->width, client->height);
    fflush(stdout);
    return client->frameBuffer != NULL;
}

static char *give_password(rfbClient *client)
{
    const char *password = getenv("VNC_PASSWORD");
    (void)client;
    return strdup(password ? password : "");
}

static rfbClient *connect_to(const char *host, int port, const char *encodings)
{
    rfbClient *client = rfbGetClient(8, 3, 4);
    if (!client)
        return NULL;
    free(client->serverHost);
    client->serverHost = strdup(host);
    client->serverPort = port;
    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->canHandleNewFBSize = TRUE;
    client->MallocFrameBuffer = take_size;
    client->GetPassword = give_password;
    client->appData.useRemoteCursor = TRUE; /* else the pointer is drawn into the picture */
    client->appData.enableJPEG = FALSE;
    client->appData.encodingsString = encodings;
    return rfbInitClient(client, NULL, NULL) ? client : NULL; /* it is freed if not */
}

static void keep(const rfbClient *client, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return;
    fwrite(client->frameBuffer, 4, (size_t)client->width * (size_t)client->height, file);
    if (fclose(file) == 0)
        say("kept");
}

static bool obey(rfbClient *client, const char *line)
{
    char path[LINE_ROOM];
    unsigned a = 0, b = 0, c = 0;
    if (sscanf(line, "keep %511s", path) == 1)
        keep(client, path);
    else if (sscanf(line, "key %u %u", &a, &b) == 2)
        return SendKeyEvent(client, a, b != 0);
    else if (sscanf(line, "point %u %u %u", &a, &b, &c) == 3)
        return SendPointerEvent(client, (int)a, (int)b, (int)c);
    else if (sscanf(line, "size %u %u", &a, &b) == 2)
        return SendExtDesktopSize(client, (uint16_t)a, (uint16_t)b);
    return true;
}

/* False at the end of either. */
static bool turn(rfbClient *client)
{
    char line[LINE_ROOM];
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = client->sock, .events = POLLIN}};
    if (poll(fds, 2, -1) < 0)
        return errno == EINTR;
    if (fds[0].revents && (!fgets(line, sizeof line, stdin) || !obey(client, line)))
        return false;
    if (!fds[1].revents)
        return true;
    do
        if (!HandleRFBServerMessage(client))
            return false;
    while (client->buffered > 0);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        fputs(HELP, stderr);
        return 2;
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* what poll() does not see would wait */
    rfbClient *client = connect_to(argv[1], atoi(argv[2]), argc > 3 ? argv[3] : "tight zrle raw");
    if (!client) {
        say("refused");
        return EXIT_FAILURE;
    }
    printf("connected %d %d %s\n", client->width, client->height, client->desktopName);
    fflush(stdout);
    while (turn(client)) {
    }
    say("gone");
    free(client->frameBuffer);
    rfbClientCleanup(client);
    return EXIT_SUCCESS;
}

/*
 * The bare relay of ./dev bench input: what three processes, a unix socket and TLS 1.3 cost without
 * any logic. A window takes keys and pointer of one X display, a hub passes the bytes on into TLS,
 * an injector types them by XTest on the other. It knows no target, no hotkey, no release of keys:
 * the limit, not a product.
 */
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* As long as a report of hotdesk's on the wire. A shorter one is slower: the kernel of the injector
 * acknowledges after 536 bytes or 40 ms and more, and no more than ten segments may be on the way.
 */
struct event {
    uint32_t type, code; /* of X */
    int32_t x, y;
    uint32_t unused[4];
};

static void die(const char *what)
{
    fprintf(stderr, "relay: %s\n", what);
    exit(1);
}

static void ready(const char *who)
{
    printf("%s ready\n", who);
    fflush(stdout);
}

/* --- the window --- */

static Display *open_window(const char *name)
{
    Display *display = XOpenDisplay(name);
    if (!display)
        die("the display to read cannot be opened");
    int screen = DefaultScreen(display);
    XSetWindowAttributes attributes = {.override_redirect = True,
                                       .event_mask = KeyPressMask | KeyReleaseMask |
                                                     ButtonPressMask | ButtonReleaseMask |
                                                     PointerMotionMask | StructureNotifyMask};
    Window window = XCreateWindow(
        display, DefaultRootWindow(display), 0, 0, (unsigned)DisplayWidth(display, screen),
        (unsigned)DisplayHeight(display, screen), 0, CopyFromParent, InputOutput, CopyFromParent,
        CWOverrideRedirect | CWEventMask, &attributes);
    XEvent event;
    XMapRaised(display, window);
    do {
        XWindowEvent(display, window, StructureNotifyMask, &event);
    } while (event.type != MapNotify);
    XSetInputFocus(display, window, RevertToPointerRoot, CurrentTime);
    XSync(display, False);
    return display;
}

static void run_window(const char *name, int hub)
{
    Display *display = open_window(name);
    ready("window");
    for (;;) {
        XEvent from;
        XNextEvent(display, &from);
        struct event event = {.type = (uint32_t)from.type};
        if (from.type == KeyPress || from.type == KeyRelease) {
            event.code = from.xkey.keycode;
        } else if (from.type == ButtonPress || from.type == ButtonRelease) {
            event.code = from.xbutton.button;
        } else if (from.type == MotionNotify) {
            event.x = from.xmotion.x;
            event.y = from.xmotion.y;
        } else {
            continue;
        }
        if (send(hub, &event, sizeof event, MSG_NOSIGNAL) != sizeof event)
            die("the hub is gone");
    }
}

/* --- TLS, as hotdesk's --- */

static SSL_CTX *make_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, NULL) == 0 ||
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519") != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1 ||
        SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1)
        die("TLS cannot be set up");
    SSL_CTX_set_read_ahead(context, 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

static SSL *open_tls(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL *ssl = SSL_new(make_context());
    SSL_set_fd(ssl, fd);
    return ssl;
}

/* --- the hub --- */

static void run_hub(int window, int listener)
{
    char bytes[4096];
    ssize_t size;
    SSL *ssl = open_tls(accept(listener, NULL, NULL));
    if (SSL_accept(ssl) != 1)
        die("no TLS with the injector");
    ready("hub");
    while ((size = recv(window, bytes, sizeof bytes, 0)) > 0)
        if (SSL_write(ssl, bytes, (int)size) != size)
            die("the injector is gone");
}

/* --- the injector --- */

static void inject(Display *display, const struct event *event)
{
    switch (event->type) {
    case KeyPress:
    case KeyRelease:
        XTestFakeKeyEvent(display, event->code, event->type == KeyPress, CurrentTime);
        break;
    case ButtonPress:
    case ButtonRelease:
        XTestFakeButtonEvent(display, event->code, event->type == ButtonPress, CurrentTime);
        break;
    case MotionNotify:
        XTestFakeMotionEvent(display, -1, event->x, event->y, CurrentTime);
        break;
    }
}

static void run_injector(const char *name, const struct sockaddr_in *address)
{
    struct event events[256];
    int size;
    Display *display = XOpenDisplay(name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!display || connect(fd, (const struct sockaddr *)address, sizeof *address) < 0)
        die("the display to type on, or the hub, cannot be reached");
    SSL *ssl = open_tls(fd);
    if (SSL_connect(ssl) != 1)
        die("no TLS with the hub");
    XTestGrabControl(display, True);
    ready("injector");
    while ((size = SSL_read(ssl, events, sizeof events)) > 0) {
        for (size_t i = 0; i < (size_t)size / sizeof *events; i++)
            inject(display, &events[i]);
        XFlush(display);
    }
}

static void start(void (*run)(void *context), void *context)
{
    if (fork() != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    run(context);
    exit(1);
}

struct relay {
    const char *from, *to;
    int ends[2], listener;
    struct sockaddr_in address;
};

static void start_window(void *context)
{
    const struct relay *relay = context;
    run_window(relay->from, relay->ends[0]);
}

static void start_hub(void *context)
{
    const struct relay *relay = context;
    run_hub(relay->ends[1], relay->listener);
}

static void start_injector(void *context)
{
    const struct relay *relay = context;
    run_injector(relay->to, &relay->address);
}

int main(int argc, char **argv)
{
    struct relay relay = {.address = {.sin_family = AF_INET}};
    socklen_t size = sizeof relay.address;
    if (argc != 3)
        die("usage: relay DISPLAY-TO-READ DISPLAY-TO-TYPE-ON");
    relay.from = argv[1];
    relay.to = argv[2];
    relay.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    relay.listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(relay.listener, (struct sockaddr *)&relay.address, size) < 0 ||
        listen(relay.listener, 1) < 0 ||
        getsockname(relay.listener, (struct sockaddr *)&relay.address, &size) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, relay.ends) < 0)
        die("no sockets");
    start(start_hub, &relay);
    start(start_window, &relay);
    start(start_injector, &relay);
    wait(NULL);
    return 1;
}

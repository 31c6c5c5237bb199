#include "common/tls-socket.h"

#include <errno.h>
#include <openssl/bio.h>
#include <sys/socket.h>

static int finish(BIO *bio, ssize_t n, int retry)
{
    struct tls_socket *socket = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (n >= 0)
        return (int)n;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    else
        socket->error = errno;
    return -1;
}

static int tls_socket_write(BIO *bio, const char *bytes, int size_bytes)
{
    struct tls_socket *socket = BIO_get_data(bio);
    ssize_t n;

    do {
        n = send(socket->fd, bytes, (size_t)size_bytes, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return finish(bio, n, BIO_FLAGS_WRITE);
}

static int tls_socket_read(BIO *bio, char *bytes, int room_bytes)
{
    struct tls_socket *socket = BIO_get_data(bio);
    ssize_t n;

    do {
        n = recv(socket->fd, bytes, (size_t)room_bytes, 0);
    } while (n < 0 && errno == EINTR);
    if (n == 0 && room_bytes > 0)
        socket->at_end = true;
    return finish(bio, n, BIO_FLAGS_READ);
}

static long tls_socket_control(BIO *bio, int command, long number, void *pointer)
{
    struct tls_socket *socket = BIO_get_data(bio);

    switch (command) {
    case BIO_CTRL_FLUSH: /* nothing is held back */
        return 1;
    case BIO_CTRL_EOF:
        return socket->at_end;
    default:
        return 0;
    }
}

BIO_METHOD *tls_socket_method_create(void)
{
    int type = BIO_get_new_index();
    BIO_METHOD *method =
        type < 0 ? NULL : BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "hotdesk socket");

    if (method == NULL)
        return NULL;
    if (BIO_meth_set_write(method, tls_socket_write) != 1 ||
        BIO_meth_set_read(method, tls_socket_read) != 1 ||
        BIO_meth_set_ctrl(method, tls_socket_control) != 1) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

BIO *tls_socket_create(const BIO_METHOD *method, struct tls_socket *socket)
{
    BIO *bio = BIO_new(method);

    if (bio == NULL)
        return NULL;
    BIO_set_data(bio, socket);
    BIO_set_init(bio, 1);
    return bio;
}

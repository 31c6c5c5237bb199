/*
 * The socket below OpenSSL: its own one writes without MSG_NOSIGNAL, and a peer that has gone would
 * kill a program that does not ignore SIGPIPE. Only tls.c includes this.
 */
#pragma once

#include <openssl/bio.h>
#include <stdbool.h>

struct tls_socket {
    int fd;
    int error; /* errno of the last call that failed for good, else 0 */
    bool at_end;
};

BIO_METHOD *tls_socket_method_create(void); /* NULL without memory; freed by BIO_meth_free */
/* `socket` outlives the BIO and keeps the descriptor. */
BIO *tls_socket_create(const BIO_METHOD *method, struct tls_socket *socket);

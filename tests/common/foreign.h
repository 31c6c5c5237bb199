/*
 * A peer that is not ours: plain OpenSSL, blocking, in a thread of its own, set up by each test to
 * behave as it needs.
 */
#pragma once

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>

struct foreign {
    SSL_CTX *context;
    SSL *ssl; /* until foreign_finish */
    pthread_t thread;
    bool is_server;
    int fd;
    void (*act)(struct foreign *foreign); /* after the handshake, in the thread; may be NULL */
    /* What came, valid after foreign_join. */
    bool connected, reused;
    int alert; /* that the other side sent, or -1 */
    unsigned records;
    unsigned sessions; /* that could be resumed later */
    char bytes[256];
    size_t size_bytes;
};

/* A client or server with TLS of any version and, unless `type` is NULL, a certificate of that kind
 * ("ED25519", "RSA", "EC") with `padding_bytes` in it. */
void foreign_init(struct foreign *foreign, bool is_server, const char *type, size_t padding_bytes);
/* Takes over fd. Handshake, act, and reading until it ends. */
void foreign_start(struct foreign *foreign, int fd);
/* When the other side has closed. Keeps the context for another foreign_start. */
void foreign_join(struct foreign *foreign);
void foreign_finish(struct foreign *foreign);

/* Reads once into foreign->bytes; false at the end. */
bool foreign_read(struct foreign *foreign);

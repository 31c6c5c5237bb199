#include "foreign.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#define BOUND_S 30 /* of each read and write: a thread must end */

static EVP_PKEY *make_key(const char *type)
{
    if (strcmp(type, "RSA") == 0)
        return EVP_RSA_gen(2048);
    if (strcmp(type, "EC") == 0)
        return EVP_EC_gen("P-256");
    return EVP_PKEY_Q_keygen(NULL, NULL, type);
}

static X509 *make_certificate(EVP_PKEY *key, const char *type, size_t padding_bytes)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"foreign", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    if (padding_bytes > 0) {
        ASN1_OCTET_STRING *padding = ASN1_OCTET_STRING_new();
        X509_EXTENSION *extension;
        uint8_t bytes[8192] = {0};

        assert_true(padding_bytes <= sizeof bytes);
        ASN1_OCTET_STRING_set(padding, bytes, (int)padding_bytes);
        extension = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, padding);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
        ASN1_OCTET_STRING_free(padding);
    }
    assert_true(X509_sign(certificate, key, strcmp(type, "ED25519") == 0 ? NULL : EVP_sha256()) >
                0);
    return certificate;
}

static int accept_all(X509_STORE_CTX *store, void *unused)
{
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct foreign *foreign = SSL_get_app_data(ssl);

    foreign->sessions++;
    return 0;
}

static void on_info(const SSL *ssl, int where, int value)
{
    struct foreign *foreign = SSL_get_app_data(ssl);

    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
        foreign->alert = value & 0xff;
}

/* Counts the records that come in: an SSL3_RT_HEADER each. */
static void on_message(int is_sent, int version, int type, const void *bytes, size_t size_bytes,
                       SSL *ssl, void *unused)
{
    struct foreign *foreign = SSL_get_app_data(ssl);

    if (!is_sent && type == SSL3_RT_HEADER)
        foreign->records++;
}

void foreign_init(struct foreign *foreign, bool is_server, const char *type, size_t padding_bytes)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());

    *foreign = (struct foreign){.context = context, .is_server = is_server, .fd = -1};
    assert_non_null(context);
    if (type != NULL) {
        EVP_PKEY *key = make_key(type);
        X509 *certificate = make_certificate(key, type, padding_bytes);

        assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, accept_all, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_BOTH);
    SSL_CTX_set_session_id_context(context, (const uint8_t *)"foreign", 7);
    SSL_CTX_sess_set_new_cb(context, on_new_session);
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_msg_callback(context, on_message);
}

bool foreign_read(struct foreign *foreign)
{
    size_t n;

    if (SSL_read_ex(foreign->ssl, foreign->bytes, sizeof foreign->bytes, &n) != 1)
        return false;
    foreign->size_bytes = n;
    return true;
}

static void *run(void *context)
{
    struct foreign *foreign = context;
    sigset_t pipe;

    /* OpenSSL's own socket writes without MSG_NOSIGNAL. For this thread alone: ours must not need
     * it. */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    foreign->connected = SSL_do_handshake(foreign->ssl) == 1;
    if (foreign->connected) {
        foreign->reused = SSL_session_reused(foreign->ssl);
        if (foreign->act != NULL)
            foreign->act(foreign);
        while (foreign_read(foreign))
            ;
    }
    ERR_clear_error();
    shutdown(foreign->fd, SHUT_WR);
    return NULL;
}

void foreign_start(struct foreign *foreign, int fd)
{
    struct timeval bound = {.tv_sec = BOUND_S};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    foreign->fd = fd;
    foreign->alert = -1;
    foreign->records = foreign->sessions = 0;
    foreign->connected = foreign->reused = false;
    foreign->size_bytes = 0;
    if (foreign->ssl == NULL)
        foreign->ssl = SSL_new(foreign->context);
    SSL_set_app_data(foreign->ssl, foreign);
    SSL_set_fd(foreign->ssl, fd);
    if (foreign->is_server)
        SSL_set_accept_state(foreign->ssl);
    else
        SSL_set_connect_state(foreign->ssl);
    assert_int_equal(pthread_create(&foreign->thread, NULL, run, foreign), 0);
}

void foreign_join(struct foreign *foreign)
{
    pthread_join(foreign->thread, NULL);
    SSL_free(foreign->ssl);
    foreign->ssl = NULL;
    close(foreign->fd);
    foreign->fd = -1;
}

void foreign_finish(struct foreign *foreign)
{
    SSL_CTX_free(foreign->context);
    foreign->context = NULL;
}

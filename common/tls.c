#include "common/tls-session.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/identity-key.h"
#include "common/tls-socket.h"

/* The certificate message: its own length, and a few bytes around the one certificate. */
#define CERTIFICATE_MESSAGE_MAX (IDENTITY_CERTIFICATE_MAX + 64)
#define WHY_ROOM                160

struct tls {
    SSL_CTX *context;
    BIO_METHOD *socket_method;
    unsigned users; /* its owner, and each session: OpenSSL counts users of the context, but none of
                       a BIO's method */
};

struct tls_session {
    struct tls *tls;
    SSL *ssl;
    struct tls_socket socket;
    bool (*accepts)(void *context, const struct fingerprint *peer);
    void *context;
    struct fingerprint peer;
    const char *refused; /* why we did, or NULL */
    enum stream_end end;
    char why[WHY_ROOM];
};

/* Stands for OpenSSL's whole building and judging of a chain: a pin needs no chain, no name and no
 * clock. The peer's proof that it has the key comes after this, from OpenSSL (CertificateVerify).
 */
static int verify(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_session *session = SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    struct fingerprint peer;

    if (certificate == NULL || fingerprint_of_certificate(certificate, &peer) < 0) {
        session->refused = "its certificate is not one of an Ed25519 key";
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED); /* alert: bad_certificate */
        return 0;
    }
    session->peer = peer;
    if (!session->accepts(session->context, &peer)) {
        session->refused = "its key is not accepted";
        X509_STORE_CTX_set_error(store, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT); /* unknown_ca */
        return 0;
    }
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static bool set_algorithms(SSL_CTX *context)
{
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:"
                                             "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519") == 1 &&
           SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1 &&
           SSL_CTX_set1_client_sigalgs_list(context, "ed25519") == 1;
}

/* A resumed session would skip `verify`: a forgotten agent would come back. */
static bool forbid_resumption(SSL_CTX *context)
{
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    return SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_set_max_early_data(context, 0) == 1 &&
           SSL_CTX_set_recv_max_early_data(context, 0) == 1;
}

int tls_create(const struct identity *identity, struct tls **ret_tls)
{
    struct tls *tls = calloc(1, sizeof *tls);
    SSL_CTX *context;

    if (tls == NULL)
        return -ENOMEM;
    tls->users = 1;
    tls->socket_method = tls_socket_method_create();
    tls->context = context = SSL_CTX_new(TLS_method());
    if (tls->socket_method == NULL || context == NULL || !set_algorithms(context) ||
        !forbid_resumption(context) ||
        SSL_CTX_use_certificate(context, identity_certificate(identity)) != 1 ||
        SSL_CTX_use_PrivateKey(context, identity_key(identity)) != 1) {
        ERR_clear_error();
        tls_destroy(tls);
        return -EIO;
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* What waits in our queue may have moved when it is tried again. And a connection that says
     * nothing has no buffers: 34 KiB each. */
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); /* one recv a record, not two */
    SSL_CTX_set_max_cert_list(context, CERTIFICATE_MESSAGE_MAX);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, verify, NULL);
    *ret_tls = tls;
    return 0;
}

struct tls *tls_destroy(struct tls *tls)
{
    if (tls == NULL || --tls->users > 0)
        return NULL;
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->socket_method);
    free(tls);
    return NULL;
}

int tls_session_create(struct tls *tls, int fd, enum stream_side side,
                       bool (*accepts)(void *context, const struct fingerprint *peer),
                       void *context, struct tls_session **ret_session)
{
    struct tls_session *session = calloc(1, sizeof *session);
    BIO *bio;

    if (session == NULL)
        return -ENOMEM;
    session->tls = tls;
    tls->users++;
    session->socket.fd = fd;
    session->accepts = accepts;
    session->context = context;
    session->ssl = SSL_new(tls->context);
    bio = tls_socket_create(tls->socket_method, &session->socket);
    if (session->ssl == NULL || bio == NULL || SSL_set_app_data(session->ssl, session) != 1) {
        BIO_free(bio);
        ERR_clear_error();
        tls_session_destroy(session);
        return -ENOMEM;
    }
    SSL_set_bio(session->ssl, bio, bio);
    if (side == STREAM_DIALED)
        SSL_set_connect_state(session->ssl);
    else
        SSL_set_accept_state(session->ssl);
    *ret_session = session;
    return 0;
}

struct tls_session *tls_session_destroy(struct tls_session *session)
{
    if (session == NULL)
        return NULL;
    SSL_free(session->ssl);
    tls_destroy(session->tls);
    free(session);
    return NULL;
}

static void set_end(struct tls_session *session, enum stream_end end, const char *what,
                    const char *detail)
{
    session->end = end;
    snprintf(session->why, sizeof session->why, "%s%s%s", what, detail == NULL ? "" : ": ",
             detail == NULL ? "" : detail);
}

/* An alert by which a peer says that it does not take our certificate (RFC 8446, 6.2). */
static bool alert_is_refusal(int alert)
{
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case TLS13_AD_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}

static void end_by_error(struct tls_session *session, unsigned long error)
{
    int reason = ERR_GET_REASON(error);
    const char *text = ERR_reason_error_string(error);

    if (session->refused != NULL)
        set_end(session, STREAM_END_WE_REFUSED, "refused the peer", session->refused);
    else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        set_end(session, STREAM_END_WE_REFUSED, "refused the peer", "it showed no certificate");
    else if (reason > SSL_AD_REASON_OFFSET && alert_is_refusal(reason - SSL_AD_REASON_OFFSET))
        set_end(session, STREAM_END_PEER_REFUSED, "the peer does not accept our key", NULL);
    else if (reason == SSL_R_UNSUPPORTED_PROTOCOL ||
             reason == SSL_AD_REASON_OFFSET + SSL_AD_PROTOCOL_VERSION)
        set_end(session, STREAM_END_NOT_TLS, "the peer has no TLS 1.3", NULL);
    else if (reason > SSL_AD_REASON_OFFSET)
        set_end(session, STREAM_END_NOT_TLS, "the peer ended TLS", text);
    else if (reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST)
        set_end(session, STREAM_END_NOT_TLS, "the peer speaks HTTP", NULL);
    else if (reason == SSL_R_WRONG_VERSION_NUMBER)
        set_end(session, STREAM_END_NOT_TLS, "the peer does not speak TLS", NULL);
    else
        set_end(session, STREAM_END_NOT_TLS, "the peer's TLS is wrong", text);
}

static enum tls_result ended(struct tls_session *session, int ssl_error)
{
    unsigned long error = ERR_peek_error();
    bool at_end = ssl_error == SSL_ERROR_ZERO_RETURN || session->socket.at_end;

    if (session->socket.error != 0)
        set_end(session, STREAM_END_RESET, "the connection broke", strerror(session->socket.error));
    else if (ssl_error == SSL_ERROR_SSL && error != 0 &&
             ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
        end_by_error(session, error);
    else if (at_end && !SSL_is_init_finished(session->ssl))
        set_end(session, STREAM_END_CLOSED,
                "the peer closed the connection during the TLS handshake", NULL);
    else
        set_end(session, STREAM_END_CLOSED, "the peer closed the connection", NULL);
    ERR_clear_error();
    return TLS_ENDED;
}

static enum tls_result result_of(struct tls_session *session, int r)
{
    int ssl_error;

    if (r == 1)
        return TLS_DONE;
    ssl_error = SSL_get_error(session->ssl, r);
    if (ssl_error == SSL_ERROR_WANT_READ)
        return TLS_WANT_READ;
    if (ssl_error == SSL_ERROR_WANT_WRITE)
        return TLS_WANT_WRITE;
    return ended(session, ssl_error);
}

enum tls_result tls_session_handshake(struct tls_session *session)
{
    enum tls_result result;

    ERR_clear_error();
    result = result_of(session, SSL_do_handshake(session->ssl));
    /* Asked again, whatever way led here: without a certificate that was accepted there is no
     * stream. */
    if (result == TLS_DONE &&
        (session->refused != NULL || SSL_session_reused(session->ssl) ||
         SSL_get0_peer_certificate(session->ssl) == NULL ||
         fingerprint_of_certificate(SSL_get0_peer_certificate(session->ssl), &session->peer) < 0 ||
         !session->accepts(session->context, &session->peer))) {
        set_end(session, STREAM_END_WE_REFUSED, "refused the peer", "its key is not accepted");
        return TLS_ENDED;
    }
    return result;
}

enum tls_result tls_session_read(struct tls_session *session, void *bytes, size_t room_bytes,
                                 size_t *ret_size_bytes)
{
    ERR_clear_error();
    session->socket.error = 0; /* a write may have failed while an alert still waits to be read */
    return result_of(session, SSL_read_ex(session->ssl, bytes, room_bytes, ret_size_bytes));
}

enum tls_result tls_session_write(struct tls_session *session, const void *bytes, size_t size_bytes)
{
    size_t written;
    enum tls_result result;

    ERR_clear_error();
    result = result_of(session, SSL_write_ex(session->ssl, bytes, size_bytes, &written));
    assert(result != TLS_DONE || written == size_bytes);
    return result;
}

void tls_session_keep_buffers(struct tls_session *session, bool keep)
{
    if (keep)
        SSL_clear_mode(session->ssl, SSL_MODE_RELEASE_BUFFERS);
    else
        SSL_set_mode(session->ssl, SSL_MODE_RELEASE_BUFFERS);
}

void tls_session_say_goodbye(struct tls_session *session)
{
    ERR_clear_error();
    if (SSL_is_init_finished(session->ssl))
        SSL_shutdown(session->ssl);
    ERR_clear_error();
}

enum stream_end tls_session_end(const struct tls_session *session, const char **ret_why)
{
    *ret_why = session->why;
    return session->end;
}

const struct fingerprint *tls_session_peer(const struct tls_session *session)
{
    return &session->peer;
}

int tls_session_export(struct tls_session *session, const char *label, uint8_t ret_bytes[32])
{
    int r;

    if (!SSL_is_init_finished(session->ssl))
        return -ENOTCONN;
    r = SSL_export_keying_material(session->ssl, ret_bytes, 32, label, strlen(label), NULL, 0, 0);
    ERR_clear_error();
    return r == 1 ? 0 : -EIO;
}

/* Our stream against OpenSSL set up otherwise: what is refused, how, and what each side is told. */
#include "common/stream.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "foreign.h"
#include "tls_pair.h"

#define LIMIT_BYTES 65536

/* Our server against a foreign client, or our client against a foreign server, to the end of ours.
 */
static struct side *meet(struct tls_pair *pair, struct foreign *foreign)
{
    struct side *side = foreign->is_server ? &pair->client : &pair->server;
    int fds[2];

    tls_pair_socketpair(fds);
    side->closed_calls = 0;
    tls_pair_start(side, fds[0], foreign->is_server ? STREAM_DIALED : STREAM_ACCEPTED, LIMIT_BYTES);
    foreign_start(foreign, fds[1]);
    wait_until(pair, side, NULL, side->closed_calls == 1);
    foreign_join(foreign);
    return side;
}

static void say_hello_and_end(struct foreign *foreign)
{
    SSL_write(foreign->ssl, "hello", 5);
    SSL_shutdown(foreign->ssl);
}

/* The harness itself: a foreign peer that does all as it should is let in. */
static void test_fit_client(void **state)
{
    struct tls_pair *pair = *state;
    struct foreign foreign;
    struct side *server;

    foreign_init(&foreign, false, "ED25519", 0);
    foreign.act = say_hello_and_end;
    server = meet(pair, &foreign);
    assert_true(foreign.connected);
    assert_int_equal(server->end, STREAM_END_CLOSED);
    assert_int_equal(server->opened_calls, 1);
    assert_int_equal(server->size_bytes, 5);
    foreign_finish(&foreign);
}

static void test_fit_server(void **state)
{
    struct tls_pair *pair = *state;
    struct foreign foreign;
    struct side *client;

    foreign_init(&foreign, true, "ED25519", 0);
    foreign.act = say_hello_and_end;
    client = meet(pair, &foreign);
    assert_int_equal(client->end, STREAM_END_CLOSED);
    assert_int_equal(client->opened_calls, 1);
    assert_int_equal(client->size_bytes, 5);
    foreign_finish(&foreign);
}

static void check_refused_client(struct tls_pair *pair, struct foreign *foreign,
                                 enum stream_end end, int alert)
{
    struct side *server = meet(pair, foreign);

    assert_int_equal(server->end, end);
    assert_int_equal(server->opened_calls, 0);
    assert_int_equal(server->accepts_calls, 0);
    assert_int_equal(server->received_calls, 0);
    /* A client that was still writing does not get to read why. */
    if (foreign->alert != -1 || alert != SSL_AD_ILLEGAL_PARAMETER)
        assert_int_equal(foreign->alert, alert);
    foreign_finish(foreign);
}

static void test_tls12_client(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, "ED25519", 0);
    SSL_CTX_set_max_proto_version(foreign.context, TLS1_2_VERSION);
    check_refused_client(*state, &foreign, STREAM_END_NOT_TLS, SSL_AD_PROTOCOL_VERSION);
}

static void test_client_without_certificate(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, NULL, 0);
    check_refused_client(*state, &foreign, STREAM_END_WE_REFUSED, TLS13_AD_CERTIFICATE_REQUIRED);
}

/* With nothing but Ed25519 allowed such a client has no certificate to show. */
static void test_rsa_client(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, "RSA", 0);
    check_refused_client(*state, &foreign, STREAM_END_WE_REFUSED, TLS13_AD_CERTIFICATE_REQUIRED);
}

static void test_ec_client(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, "EC", 0);
    check_refused_client(*state, &foreign, STREAM_END_WE_REFUSED, TLS13_AD_CERTIFICATE_REQUIRED);
}

static void test_large_certificate(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, "ED25519", 1750); /* just below 2 KiB in all */
    foreign.act = say_hello_and_end;
    assert_int_equal(meet(*state, &foreign)->opened_calls, 1);
    foreign_finish(&foreign);
}

static void test_too_large_certificate(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, "ED25519", 1850); /* fits the message, not the certificate */
    check_refused_client(*state, &foreign, STREAM_END_WE_REFUSED, SSL_AD_BAD_CERTIFICATE);
}

static void test_much_too_large_certificate(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, "ED25519", 8000);
    check_refused_client(*state, &foreign, STREAM_END_NOT_TLS, SSL_AD_ILLEGAL_PARAMETER);
}

static void test_other_groups_and_ciphers(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, false, "ED25519", 0);
    SSL_CTX_set1_groups_list(foreign.context, "P-256");
    check_refused_client(*state, &foreign, STREAM_END_NOT_TLS, SSL_AD_HANDSHAKE_FAILURE);
    foreign_init(&foreign, false, "ED25519", 0);
    SSL_CTX_set_ciphersuites(foreign.context, "TLS_AES_256_GCM_SHA384");
    check_refused_client(*state, &foreign, STREAM_END_NOT_TLS, SSL_AD_HANDSHAKE_FAILURE);
}

static void check_refused_server(struct tls_pair *pair, struct foreign *foreign)
{
    struct side *client = meet(pair, foreign);

    assert_int_equal(client->end, STREAM_END_NOT_TLS);
    assert_int_equal(client->opened_calls, 0);
    assert_int_equal(client->accepts_calls, 0);
    foreign_finish(foreign);
}

static void test_rsa_server(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, true, "RSA", 0);
    check_refused_server(*state, &foreign);
}

static void test_tls12_server(void **state)
{
    struct foreign foreign;

    foreign_init(&foreign, true, "ED25519", 0);
    SSL_CTX_set_max_proto_version(foreign.context, TLS1_2_VERSION);
    check_refused_server(*state, &foreign);
}

/* The certificate of a paired machine is no secret: whoever shows it without the key stays outside.
 * The key here says that its public half is the victim's, so that OpenSSL takes both; its signature
 * betrays it. */
static void test_stolen_certificate(void **state)
{
    struct tls_pair *pair = *state;
    struct foreign foreign;
    uint8_t public_key[32], private_key[32];
    size_t size_bytes = sizeof public_key;
    EVP_PKEY_CTX *builder = EVP_PKEY_CTX_new_from_name(NULL, "ED25519", NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[3];
    char path[128];
    X509 *certificate;
    struct side *server;
    FILE *file;

    snprintf(path, sizeof path, "%s/client/certificate.pem", pair->directory);
    file = fopen(path, "re");
    certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_int_equal(
        EVP_PKEY_get_raw_public_key(X509_get0_pubkey(certificate), public_key, &size_bytes), 1);
    memset(private_key, 7, sizeof private_key);
    params[0] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_key, 32);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, private_key, 32);
    params[2] = OSSL_PARAM_construct_end();
    assert_int_equal(EVP_PKEY_fromdata_init(builder), 1);
    assert_int_equal(EVP_PKEY_fromdata(builder, &key, EVP_PKEY_KEYPAIR, params), 1);

    foreign_init(&foreign, false, NULL, 0);
    assert_int_equal(SSL_CTX_use_certificate(foreign.context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(foreign.context, key), 1);
    server = meet(pair, &foreign);
    assert_int_equal(server->accepts_calls, 1); /* the pin is right */
    assert_int_equal(server->opened_calls, 0);
    assert_int_equal(server->end, STREAM_END_NOT_TLS);
    foreign_finish(&foreign);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(builder);
    X509_free(certificate);
}

/* An agent that was forgotten comes back with the session of its last visit. */
static void test_saved_session(void **state)
{
    struct tls_pair *pair = *state;
    struct side *server = &pair->server;
    SSL_SESSION *session;
    struct foreign foreign;
    int fds[2];

    foreign_init(&foreign, false, "ED25519", 0);
    tls_pair_socketpair(fds);
    tls_pair_start(server, fds[0], STREAM_ACCEPTED, LIMIT_BYTES);
    server->sends_in_opened = true;
    server->close_in = CLOSE_IN_OPENED;
    foreign_start(&foreign, fds[1]);
    wait_until(pair, server, NULL, server->opened_calls == 1);
    pthread_join(foreign.thread, NULL);
    assert_true(foreign.connected);
    assert_int_equal(foreign.sessions, 0); /* no ticket was sent */
    session = SSL_get1_session(foreign.ssl);
    SSL_free(foreign.ssl);
    close(fds[1]);
    assert_false(SSL_SESSION_is_resumable(session));

    server->close_in = CLOSE_NEVER;
    server->refuses = true;
    server->accepts_calls = server->opened_calls = 0;
    foreign.ssl = SSL_new(foreign.context);
    SSL_set_session(foreign.ssl, session);
    assert_int_equal(meet(pair, &foreign)->end, STREAM_END_WE_REFUSED);
    assert_false(foreign.reused);
    assert_int_equal(server->accepts_calls, 1);
    assert_int_equal(server->opened_calls, 0);
    assert_int_equal(foreign.alert, SSL_AD_UNKNOWN_CA);
    SSL_SESSION_free(session);
    foreign_finish(&foreign);
}

static SSL_SESSION *offered; /* by the callback below, which has no argument of ours */

static int offer(SSL *ssl, const EVP_MD *digest, const uint8_t **ret_id, size_t *ret_id_bytes,
                 SSL_SESSION **ret_session)
{
    *ret_id = (const uint8_t *)"ticket";
    *ret_id_bytes = 6;
    SSL_SESSION_up_ref(offered);
    *ret_session = offered;
    return 1;
}

/* The same with a session that a client makes up: offered in the hello, and not taken. */
static void test_offered_key(void **state)
{
    static const uint8_t cipher[] = {0x13, 0x01}, secret[32] = {1};
    struct tls_pair *pair = *state;
    struct foreign foreign;
    SSL *helper;
    struct side *server;

    foreign_init(&foreign, false, "ED25519", 0);
    helper = SSL_new(foreign.context);
    offered = SSL_SESSION_new();
    SSL_SESSION_set1_master_key(offered, secret, sizeof secret);
    SSL_SESSION_set_cipher(offered, SSL_CIPHER_find(helper, cipher));
    SSL_SESSION_set_protocol_version(offered, TLS1_3_VERSION);
    SSL_CTX_set_psk_use_session_callback(foreign.context, offer);
    pair->server.refuses = true;
    server = meet(pair, &foreign);
    assert_int_equal(server->end, STREAM_END_WE_REFUSED);
    assert_int_equal(server->accepts_calls, 1);
    assert_false(foreign.reused);
    foreign_finish(&foreign);
    SSL_SESSION_free(offered);
    SSL_free(helper);
}

/* Our client against a server that gives tickets: it keeps none, and offers none. */
static void test_tickets_are_not_taken(void **state)
{
    struct tls_pair *pair = *state;
    struct foreign foreign;

    foreign_init(&foreign, true, "ED25519", 0);
    SSL_CTX_set_num_tickets(foreign.context, 4);
    foreign.act = say_hello_and_end;
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(meet(pair, &foreign)->accepts_calls, 2 * i);
        assert_false(foreign.reused);
    }
    foreign_finish(&foreign);
}

static void update_keys(struct foreign *foreign)
{
    for (int i = 0; i < 3; i++) {
        SSL_key_update(foreign->ssl, SSL_KEY_UPDATE_REQUESTED);
        SSL_write(foreign->ssl, "hello", 5);
        foreign_read(foreign);
    }
    SSL_shutdown(foreign->ssl);
}

static void test_key_update(void **state)
{
    struct tls_pair *pair = *state;
    struct side *server = &pair->server;
    struct foreign foreign;
    size_t answered_bytes = 0;
    int fds[2];

    foreign_init(&foreign, false, "ED25519", 0);
    foreign.act = update_keys;
    tls_pair_socketpair(fds);
    tls_pair_start(server, fds[0], STREAM_ACCEPTED, LIMIT_BYTES);
    foreign_start(&foreign, fds[1]);
    pair->deadline_ms = 0;
    while (server->closed_calls == 0 && tls_pair_in_time(pair)) {
        tls_pair_step(server, NULL);
        if (server->stream != NULL && server->size_bytes > answered_bytes) {
            answered_bytes = server->size_bytes;
            assert_int_equal(stream_send(server->stream, "answer", 6), 0);
        }
    }
    foreign_join(&foreign);
    assert_int_equal(server->end, STREAM_END_CLOSED);
    assert_int_equal(server->size_bytes, 15);
    assert_memory_equal(foreign.bytes, "answer", 6);
    foreign_finish(&foreign);
}

/* One call of stream_send, one record. */
static void test_records(void **state)
{
    struct tls_pair *pair = *state;
    struct side *server = &pair->server;
    struct foreign foreign;
    unsigned handshake_records = 0;
    int fds[2];

    for (unsigned count = 0; count <= 20; count += 20) {
        foreign_init(&foreign, false, "ED25519", 0);
        tls_pair_socketpair(fds);
        server->opened_calls = 0;
        tls_pair_start(server, fds[0], STREAM_ACCEPTED, LIMIT_BYTES);
        foreign_start(&foreign, fds[1]);
        wait_until(pair, server, NULL, server->opened_calls == 1);
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(stream_send(server->stream, "0123456789", 10), 0);
        server->stream = stream_close(server->stream);
        tls_pair_step(server, NULL);
        foreign_join(&foreign);
        foreign_finish(&foreign);
        if (count == 0)
            handshake_records = foreign.records;
    }
    assert_int_equal(foreign.records, handshake_records + 20);
}

/* An argument chooses tests by their names, with * and ?. */
int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, tls_pair_setup, tls_pair_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_fit_client),
        TEST(test_fit_server),
        TEST(test_tls12_client),
        TEST(test_client_without_certificate),
        TEST(test_rsa_client),
        TEST(test_ec_client),
        TEST(test_large_certificate),
        TEST(test_too_large_certificate),
        TEST(test_much_too_large_certificate),
        TEST(test_other_groups_and_ciphers),
        TEST(test_rsa_server),
        TEST(test_tls12_server),
        TEST(test_stolen_certificate),
        TEST(test_saved_session),
        TEST(test_offered_key),
        TEST(test_tickets_are_not_taken),
        TEST(test_key_update),
        TEST(test_records),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

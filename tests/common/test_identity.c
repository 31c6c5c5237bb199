/* A machine's key: made once, read again, refused when others could have touched it. */
#include "common/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH_ROOM 256
#define CHILDREN  6

struct place {
    char top[64];
    char directory[PATH_ROOM];
    char key[PATH_ROOM + 32], certificate[PATH_ROOM + 32];
    char error[ERROR_ROOM];
};

static void place_set(struct place *place, const char *name)
{
    snprintf(place->directory, sizeof place->directory, "%s/%s", place->top, name);
    snprintf(place->key, sizeof place->key, "%s/key.pem", place->directory);
    snprintf(place->certificate, sizeof place->certificate, "%s/certificate.pem", place->directory);
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    strcpy(place->top, "/tmp/hotdesk-test-XXXXXX");
    assert_non_null(mkdtemp(place->top));
    place_set(place, "deep/state");
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    char command[PATH_ROOM];

    snprintf(command, sizeof command, "rm -r %s", place->top);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static int load(struct place *place, struct fingerprint *ret_fingerprint)
{
    struct identity *identity = NULL;
    int r;

    place->error[0] = '\0';
    r = identity_load_or_make(place->directory, &identity, place->error);
    if (r < 0) {
        assert_null(identity);
        assert_true(strlen(place->error) > 0);
    } else {
        *ret_fingerprint = *identity_fingerprint(identity);
        identity_destroy(identity);
    }
    return r;
}

static mode_t mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

/* The command at the end of the sentence mends what it complains of. */
static void run_command_of(struct place *place, const char *start)
{
    const char *command = strstr(place->error, start);

    assert_non_null(command);
    assert_int_equal(system(command), 0);
}

static void test_made_once(void **state)
{
    struct place *place = *state;
    struct fingerprint first, second;
    struct stat status;

    assert_int_equal(load(place, &first), 0);
    assert_int_equal(mode_of(place->directory), 0700);
    assert_int_equal(mode_of(place->key), 0600);
    assert_int_equal(mode_of(place->certificate), 0600);
    assert_int_equal(lstat(place->directory, &status), 0);
    assert_int_equal(load(place, &second), 0);
    assert_true(fingerprint_equal(&first, &second));
    place_set(place, "other");
    assert_int_equal(load(place, &second), 0);
    assert_false(fingerprint_equal(&first, &second));
}

static void test_certificate(void **state)
{
    static const uint8_t der_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                       0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}; /* RFC 8410, 4 */
    struct place *place = *state;
    struct fingerprint fingerprint, expected;
    uint8_t der[sizeof der_head + 32];
    size_t key_bytes = 32;
    X509 *certificate;
    FILE *file;

    assert_int_equal(load(place, &fingerprint), 0);
    file = fopen(place->certificate, "re");
    certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(certificate);
    memcpy(der, der_head, sizeof der_head);
    assert_int_equal(EVP_PKEY_get_raw_public_key(X509_get0_pubkey(certificate),
                                                 der + sizeof der_head, &key_bytes),
                     1);
    SHA256(der, sizeof der, expected.sha256);
    assert_true(fingerprint_equal(&fingerprint, &expected));
    assert_true(i2d_X509(certificate, NULL) < 2048);
    assert_int_equal(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
    assert_int_equal(X509_cmp_time(X509_get0_notBefore(certificate), NULL), -1);
    assert_memory_equal(ASN1_STRING_get0_data(X509_get0_notAfter(certificate)), "99991231", 8);
    X509_free(certificate);
}

static void test_wide_rights(void **state)
{
    static const mode_t wide[] = {0640, 0604, 0660, 0622, 0610, 0601, 0644, 0777};
    struct place *place = *state;
    struct fingerprint first, again;

    assert_int_equal(load(place, &first), 0);
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        assert_int_equal(chmod(place->key, wide[i]), 0);
        assert_int_equal(load(place, &again), -EPERM);
        run_command_of(place, "chmod 600 ");
        assert_int_equal(mode_of(place->key), 0600);
        assert_int_equal(chmod(place->certificate, wide[i]), 0);
        assert_int_equal(load(place, &again), -EPERM);
        run_command_of(place, "chmod 600 ");
        assert_int_equal(chmod(place->directory, wide[i] | 0100), 0);
        assert_int_equal(load(place, &again), -EPERM);
        run_command_of(place, "chmod 700 ");
        assert_int_equal(mode_of(place->directory), 0700);
        assert_int_equal(load(place, &again), 0);
        assert_true(fingerprint_equal(&first, &again));
    }
}

static void test_command_is_quoted(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;

    place_set(place, "it's $HOME; `id`");
    assert_int_equal(load(place, &fingerprint), 0);
    assert_int_equal(chmod(place->key, 0644), 0);
    assert_int_equal(load(place, &fingerprint), -EPERM);
    run_command_of(place, "chmod 600 ");
    assert_int_equal(load(place, &fingerprint), 0);
}

static void test_foreign_owner(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;

    if (geteuid() == 0) {
        assert_int_equal(load(place, &fingerprint), 0);
        assert_int_equal(chown(place->key, 65534, 65534), 0);
        assert_int_equal(load(place, &fingerprint), -EPERM);
        assert_non_null(strstr(place->error, "belongs to user 65534, not to 0: sudo chown 0 "));
        assert_int_equal(chown(place->key, 0, 0), 0);
        assert_int_equal(load(place, &fingerprint), 0);
        assert_int_equal(chown(place->directory, 65534, 65534), 0);
    } else {
        strcpy(place->directory, "/etc");
    }
    assert_int_equal(load(place, &fingerprint), -EPERM);
    assert_non_null(strstr(place->error, "sudo chown "));
}

static void test_odd_files(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;
    char elsewhere[PATH_ROOM + 32];

    assert_int_equal(load(place, &fingerprint), 0);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", place->top);
    assert_int_equal(rename(place->key, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, place->key), 0);
    assert_int_equal(load(place, &fingerprint), -ELOOP);
    unlink(place->key);
    assert_int_equal(mkfifo(place->key, 0600), 0);
    assert_int_equal(load(place, &fingerprint), -EPERM); /* and does not wait for a writer */
    unlink(place->key);
    assert_int_equal(mkdir(place->key, 0700), 0);
    assert_int_equal(load(place, &fingerprint), -EPERM);
    rmdir(place->key);
    assert_int_equal(rename(elsewhere, place->key), 0);
    assert_int_equal(load(place, &fingerprint), 0);
}

/* Without a key there is no new one beside the old certificate. */
static void test_lost_key(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;

    assert_int_equal(load(place, &fingerprint), 0);
    unlink(place->key);
    assert_int_equal(load(place, &fingerprint), -ENOENT);
    assert_non_null(strstr(place->error, "key.pem is missing"));
    assert_int_equal(access(place->key, F_OK), -1);
}

/* Power went between the two files: the certificate is made from the key that is there. */
static void test_lost_certificate(void **state)
{
    struct place *place = *state;
    struct fingerprint first, again;

    assert_int_equal(load(place, &first), 0);
    unlink(place->certificate);
    assert_int_equal(load(place, &again), 0);
    assert_true(fingerprint_equal(&first, &again));
}

static void test_foreign_certificate(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;
    char other[PATH_ROOM + 32];

    assert_int_equal(load(place, &fingerprint), 0);
    strcpy(other, place->certificate);
    place_set(place, "other");
    assert_int_equal(load(place, &fingerprint), 0);
    assert_int_equal(rename(other, place->certificate), 0);
    assert_int_equal(load(place, &fingerprint), -EINVAL);
    assert_non_null(strstr(place->error, "does not belong to key.pem"));
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void test_wrong_key(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    FILE *file;

    assert_int_equal(load(place, &fingerprint), 0);
    file = fopen(place->key, "we");
    PEM_write_PrivateKey(file, rsa, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    EVP_PKEY_free(rsa);
    assert_int_equal(load(place, &fingerprint), -EINVAL);
    assert_non_null(strstr(place->error, "is not an Ed25519 key"));
    write_text(place->key, "");
    assert_int_equal(load(place, &fingerprint), -EINVAL);
    write_text(place->key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert_int_equal(load(place, &fingerprint), -EINVAL);
}

/* A key with a pass phrase is refused; nothing asks for one on the terminal. */
static void test_encrypted_key(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    FILE *file;

    assert_int_equal(load(place, &fingerprint), 0);
    file = fopen(place->key, "we");
    PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), (const uint8_t *)"word", 4, NULL, NULL);
    fclose(file);
    EVP_PKEY_free(key);
    assert_int_equal(load(place, &fingerprint), -EINVAL);
}

static void test_odd_umask(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;
    mode_t before;

    place_set(place, "state");
    assert_int_equal(mkdir(place->directory, 0700), 0);
    before = umask(0277);
    assert_int_equal(load(place, &fingerprint), 0);
    umask(before);
    assert_int_equal(mode_of(place->key), 0600);
}

/* Server and command line start at once: one key wins, and nothing else is left lying about. */
static void test_made_by_many(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprints[CHILDREN];
    char command[PATH_ROOM + 32];
    int pipes[2];

    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            struct fingerprint fingerprint;
            int r = load(place, &fingerprint);

            if (r == 0)
                r = write(pipes[1], &fingerprint, sizeof fingerprint) < 0;
            _exit(r == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(pipes[0], &fingerprints[i], sizeof fingerprints[i]),
                         sizeof fingerprints[i]);
        assert_true(fingerprint_equal(&fingerprints[0], &fingerprints[i]));
    }
    close(pipes[0]);
    close(pipes[1]);
    snprintf(command, sizeof command, "[ $(ls -A %s | wc -l) -eq 2 ]", place->directory);
    assert_int_equal(system(command), 0);
}

static void test_no_directory(void **state)
{
    struct place *place = *state;
    struct fingerprint fingerprint;

    strcpy(place->directory, "/proc/none/state");
    assert_true(load(place, &fingerprint) < 0);
    assert_non_null(strstr(place->error, "/proc/none/state"));
    snprintf(place->directory, sizeof place->directory, "%s/file", place->top);
    close(open(place->directory, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_true(load(place, &fingerprint) < 0);
}

static void test_fingerprint_text(void **state)
{
    /* SHA-256 of nothing, as `openssl dgst` and `base64` show it */
    static const char text[] = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    static const char *const wrong[] = {
        "",
        "SHA256:",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV", /* the same bytes, other low bits */
        "SHA256: 7DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu\nU",
        "SHA256:===========================================",
    };
    struct fingerprint fingerprint, parsed;
    char formatted[FINGERPRINT_TEXT_ROOM];

    SHA256((const uint8_t *)"", 0, fingerprint.sha256);
    fingerprint_format(&fingerprint, formatted);
    assert_string_equal(formatted, text);
    assert_true(fingerprint_parse(text, &parsed));
    assert_true(fingerprint_equal(&fingerprint, &parsed));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(fingerprint_parse(wrong[i], &parsed));
    for (size_t i = 0; i < sizeof parsed.sha256; i++) {
        parsed = fingerprint;
        parsed.sha256[i] ^= 0x10;
        assert_false(fingerprint_equal(&fingerprint, &parsed));
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_made_once),         TEST(test_certificate),      TEST(test_wide_rights),
        TEST(test_command_is_quoted), TEST(test_foreign_owner),    TEST(test_odd_files),
        TEST(test_lost_key),          TEST(test_lost_certificate), TEST(test_foreign_certificate),
        TEST(test_wrong_key),         TEST(test_encrypted_key),    TEST(test_odd_umask),
        TEST(test_made_by_many),      TEST(test_no_directory),     TEST(test_fingerprint_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

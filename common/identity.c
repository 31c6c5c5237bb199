#include "common/identity.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/identity-key.h"
#include "common/paths.h"
#include "common/private-file.h"

#define KEY_LEAF         "key.pem"
#define CERTIFICATE_LEAF "certificate.pem"

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
    struct fingerprint fingerprint;
};

/* One of the two files while it is looked at. */
struct place {
    const char *directory;
    int directory_fd;
    char *error; /* ERROR_ROOM */
};

static int fail(const struct place *place, int result, const char *leaf, const char *what)
{
    snprintf(place->error, ERROR_ROOM, "%s/%s %s", place->directory, leaf, what);
    return result;
}

int fingerprint_of_certificate(X509 *certificate, struct fingerprint *ret_fingerprint)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    int certificate_bytes = i2d_X509(certificate, NULL);
    uint8_t *der = NULL;
    int der_bytes;

    if (key == NULL || !EVP_PKEY_is_a(key, "ED25519") || certificate_bytes <= 0 ||
        certificate_bytes > IDENTITY_CERTIFICATE_MAX)
        return -EINVAL;
    /* From the key, not the certificate's own bytes: one encoding whatever the peer wrote. */
    der_bytes = i2d_PUBKEY(key, &der);
    if (der_bytes <= 0)
        return -EINVAL;
    SHA256(der, (size_t)der_bytes, ret_fingerprint->sha256);
    OPENSSL_free(der);
    return 0;
}

/* A name, a serial number and a validity, since X.509 asks for them; nobody looks at them. */
static bool certificate_fill(X509 *certificate, EVP_PKEY *key)
{
    uint64_t serial;
    X509_NAME *name = X509_get_subject_name(certificate);

    if (RAND_bytes((uint8_t *)&serial, sizeof serial) != 1)
        return false;
    serial >>= 1; /* a positive number */
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1 &&
           ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20000101000000Z") == 1 &&
           ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"hotdesk", -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, NULL) > 0;
}

static int store(const struct place *place, const char *leaf, BIO *pem)
{
    char *bytes;
    long size_bytes = BIO_get_mem_data(pem, &bytes);
    int r;

    r = private_file_create(place->directory_fd, leaf, bytes, (size_t)size_bytes);
    /* Another process was first: its file is as good, and is read in place of ours. */
    if (r < 0 && r != -EEXIST)
        return fail(place, r, leaf, strerror(-r));
    return 0;
}

static int make_key(const struct place *place)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *pem = BIO_new(BIO_s_secmem()); /* wiped when freed */
    int r = -EIO;

    if (key == NULL || pem == NULL ||
        PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL) != 1)
        fail(place, r, KEY_LEAF, "cannot be made: no randomness or no memory");
    else
        r = store(place, KEY_LEAF, pem);
    BIO_free(pem);
    EVP_PKEY_free(key);
    return r;
}

static int make_certificate(const struct place *place, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    BIO *pem = BIO_new(BIO_s_mem());
    int r = -EIO;

    if (certificate == NULL || pem == NULL || !certificate_fill(certificate, key) ||
        PEM_write_bio_X509(pem, certificate) != 1)
        fail(place, r, CERTIFICATE_LEAF, "cannot be made: no randomness or no memory");
    else
        r = store(place, CERTIFICATE_LEAF, pem);
    BIO_free(pem);
    X509_free(certificate);
    return r;
}

static int open_leaf(const struct place *place, const char *leaf, BIO **ret_pem)
{
    int fd;
    int r = private_file_open(place->directory, place->directory_fd, leaf, &fd, place->error);

    if (r < 0)
        return r;
    *ret_pem = BIO_new_fd(fd, BIO_CLOSE);
    if (*ret_pem == NULL) {
        close(fd);
        return fail(place, -ENOMEM, leaf, "cannot be read: no memory");
    }
    return 0;
}

static int load_key(const struct place *place, EVP_PKEY **ret_key)
{
    char no_passphrase[] = ""; /* else OpenSSL would ask for one on the terminal */
    BIO *pem;
    EVP_PKEY *key;
    int r = open_leaf(place, KEY_LEAF, &pem);

    if (r < 0)
        return r;
    key = PEM_read_bio_PrivateKey(pem, NULL, NULL, no_passphrase);
    BIO_free(pem);
    if (key == NULL || !EVP_PKEY_is_a(key, "ED25519")) {
        EVP_PKEY_free(key);
        return fail(place, -EINVAL, KEY_LEAF,
                    "is not an Ed25519 key; bring back the right file, or remove it and "
                    "certificate.pem for a new identity and pair again");
    }
    *ret_key = key;
    return 0;
}

static int load_certificate(const struct place *place, struct identity *identity)
{
    BIO *pem;
    int r = open_leaf(place, CERTIFICATE_LEAF, &pem);

    if (r < 0)
        return r;
    identity->certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL);
    BIO_free(pem);
    if (identity->certificate == NULL ||
        fingerprint_of_certificate(identity->certificate, &identity->fingerprint) < 0 ||
        X509_check_private_key(identity->certificate, identity->key) != 1)
        return fail(place, -EINVAL, CERTIFICATE_LEAF,
                    "does not belong to key.pem; remove it, it is made again from the key");
    return 0;
}

static int load_or_make(const struct place *place, struct identity *identity)
{
    int r = load_key(place, &identity->key);

    if (r == -ENOENT) {
        /* Never a new key in silence where there was one: everybody has pinned the old one. */
        if (faccessat(place->directory_fd, CERTIFICATE_LEAF, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return fail(place, -ENOENT, KEY_LEAF,
                        "is missing; bring it back, or remove certificate.pem too for a new "
                        "identity and pair again");
        r = make_key(place);
        if (r == 0)
            r = load_key(place, &identity->key);
    }
    if (r < 0)
        return r;
    r = load_certificate(place, identity);
    if (r == -ENOENT) {
        r = make_certificate(place, identity->key);
        if (r == 0)
            r = load_certificate(place, identity);
    }
    return r;
}

int identity_load_or_make(const char *directory, struct identity **ret_identity,
                          char ret_error[ERROR_ROOM])
{
    struct place place = {.directory = directory, .directory_fd = -1, .error = ret_error};
    struct identity *identity;
    int r = paths_make_dir(directory);

    if (r < 0) {
        snprintf(ret_error, ERROR_ROOM, "cannot make the directory %s: %s", directory,
                 strerror(-r));
        return r;
    }
    r = private_directory_open(directory, &place.directory_fd, ret_error);
    if (r < 0)
        return r;
    snprintf(ret_error, ERROR_ROOM, "cannot load the identity in %s", directory);
    identity = calloc(1, sizeof *identity);
    r = identity == NULL ? -ENOMEM : load_or_make(&place, identity);
    close(place.directory_fd);
    if (r < 0) {
        identity_destroy(identity);
        return r;
    }
    *ret_identity = identity;
    return 0;
}

const struct fingerprint *identity_fingerprint(const struct identity *identity)
{
    return &identity->fingerprint;
}

EVP_PKEY *identity_key(const struct identity *identity)
{
    return identity->key;
}

X509 *identity_certificate(const struct identity *identity)
{
    return identity->certificate;
}

struct identity *identity_destroy(struct identity *identity)
{
    if (identity == NULL)
        return NULL;
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    free(identity);
    return NULL;
}

/* common/identity.h and the rest of common/stream.h for who links memory.c: one key that is no key.
 * To read and to set up the real ones takes ten times as long as all that a fuzzer does with a
 * server. */
#include <stdlib.h>

#include "common/identity.h"
#include "common/stream.h"

struct identity {
    struct fingerprint fingerprint;
};

static struct identity only = {.fingerprint.sha256 = {0xe5, 0xe5, 0xe5, 0xe5}};

int identity_load_or_make(const char *directory, struct identity **ret_identity,
                          char ret_error[ERROR_ROOM])
{
    *ret_identity = &only;
    return 0;
}

const struct fingerprint *identity_fingerprint(const struct identity *identity)
{
    return &identity->fingerprint;
}

struct identity *identity_destroy(struct identity *identity)
{
    return NULL;
}

int tls_create(const struct identity *identity, struct tls **ret_tls)
{
    *ret_tls = malloc(1); /* freed by whom it is given to, or the sanitizer tells */
    if (!*ret_tls)
        abort();
    return 0;
}

struct tls *tls_destroy(struct tls *tls)
{
    free(tls);
    return NULL;
}

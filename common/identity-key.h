/*
 * What identity.c gives to tls.c alone: the OpenSSL objects behind an identity and a fingerprint.
 * No other file includes this.
 */
#pragma once

#include <openssl/types.h>

#include "common/identity.h"
#include "protocol/limits.h"

/* Both belong to the identity. */
EVP_PKEY *identity_key(const struct identity *identity);
X509 *identity_certificate(const struct identity *identity);

/* 0, or -EINVAL for a certificate that is no Ed25519 key's or is larger than
 * IDENTITY_CERTIFICATE_MAX. */
int fingerprint_of_certificate(X509 *certificate, struct fingerprint *ret_fingerprint);

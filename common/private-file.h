/*
 * Files that only their owner may read: created whole or not at all, refused when others could have
 * read or changed them. ret_error gets a sentence with the command that mends it.
 */
#pragma once

#include <stddef.h>

#include "common/identity.h" /* ERROR_ROOM */

/* Both refuse a foreign owner, rights for group or others, and a symbolic link. 0 or -errno (-EPERM
 * for wrong rights; -ENOENT of a file leaves ret_error alone); the caller closes *ret_fd. */
int private_directory_open(const char *path, int *ret_fd, char ret_error[ERROR_ROOM]);
int private_file_open(const char *directory, int directory_fd, const char *leaf, int *ret_fd,
                      char ret_error[ERROR_ROOM]);

/* 0600, on the disk when this returns. 0, -EEXIST when there is one already (it stays), or -errno.
 */
int private_file_create(int directory_fd, const char *leaf, const void *bytes, size_t size_bytes);

/* The file with the password of VNC's TCP ports. */
#pragma once

#include "common/identity.h" /* ERROR_ROOM */
#include "protocol/vnc.h"

/* Its first line, of 1 to 8 bytes. The file must be ours, or root's, and readable by nobody else.
 * 0, or -errno with a sentence in ret_error. */
int vnc_password_read(const char *path, char ret_password[VNC_PASSWORD_ROOM],
                      char ret_error[ERROR_ROOM]);

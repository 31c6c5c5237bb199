/* The pointer of the active target (server/pointer.h) among targets, pictures and followers. */
#pragma once

#include <stdint.h>

#include "protocol/report.h"

struct server;
struct follower;

/* Fills *ret_report with what is to be sent to target `number` in place of `report`. */
void pointing_report(struct server *server, uint16_t number, const struct report *report,
                     uint64_t now_us, struct report *ret_report);
/* Its agent tells where the pointer is. */
void pointing_told(struct server *server, uint16_t number, uint16_t x_px, uint16_t y_px,
                   uint64_t now_us);
/* Its pointer's shape is another one. */
void pointing_shape(struct server *server, uint16_t number);
/* A follower begins with this target. */
void pointing_show(struct server *server, uint16_t number, struct follower *follower);

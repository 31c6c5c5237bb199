/*
 * Thumbnails on a screen connection (PROTOCOL.md, section 12): what hotdesk adds to RFB. The client
 * asks by THUMBNAIL_REQUEST, and lists THUMBNAIL_ENCODING; only an agent whose hello had
 * MESSAGE_CAPABILITY_THUMBNAILS is asked.
 */
#pragma once

#define THUMBNAIL_REQUEST       200 /* client to agent: u8 on, u16 width, u16 height at most */
#define THUMBNAIL_REQUEST_BYTES 6
/* A rectangle of the thumbnail: u16 width, u16 height of all of it, u32 size, JPEG. "HDTN". */
#define THUMBNAIL_ENCODING   0x4844544e
#define THUMBNAIL_HEAD_BYTES 8

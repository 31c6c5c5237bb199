/*
 * `hotdesk-agent join`: the other end of `hotdesk add`, which runs it over the user's ssh. Standard
 * input and output are that connection.
 *
 * It says who it is, is given the server's key and a code, pairs, and keeps the pairing once the
 * console says that it has it, too: until then nothing has changed here. Each of its lines is an
 * object of JSON:
 *
 *   {"hotdesk-agent": VERSION, "versions": [MIN, MAX], "user": TEXT, "address": TEXT,
 *    "fingerprint": TEXT, "server": TEXT or null, "problem": TEXT or null}
 *       `address`: where the ssh came from; `server`: whose it is now; `problem`: no pairing here
 *   {"event": "paired", "name": TEXT}          {"event": "kept"}
 *   {"event": "failed", "error": TEXT}         {"event": "service", "runs": BOOL, "text": TEXT}
 *
 * Orders are lines of words: `pair FINGERPRINT PORT ADDRESS CODE` (ADDRESS: HOST[:PORT], or - for
 * where the ssh came from), `keep`. The end of the input before `keep` changes nothing. A root that
 * joins does so for the system's agent, as its user.
 */
#pragma once

int command_join(void); /* the exit status */

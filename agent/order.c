#include "agent/order.h"

#include <string.h>

const char *order_read(char *text, const char *address_of_ssh, struct order *ret_order)
{
    char *rest = text;
    const char *word = strtok_r(text, " ", &rest), *key = strtok_r(NULL, " ", &rest);
    const char *port = strtok_r(NULL, " ", &rest), *address = strtok_r(NULL, " ", &rest);
    const char *code = strtok_r(NULL, " ", &rest);
    uint16_t number;

    if (!code || strcmp(word, "pair") != 0 || !fingerprint_parse(key, &ret_order->server) ||
        !endpoint_port_parse(port, &number) || !code_parse(code, &ret_order->code))
        return "the console's order is not understood: is one of the two much older?";
    const bool by_ssh = strcmp(address, "-") == 0;
    if (!endpoint_parse(by_ssh ? address_of_ssh : address, number, &ret_order->endpoint))
        return by_ssh ? "ssh does not tell where it came from: give --address"
                      : "--address: that is no HOST[:PORT]";
    return NULL;
}

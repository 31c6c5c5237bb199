#include "server/hotkey/sequence.h"

#include "common/times.h"

#define DIGITS_MAX 3

static void give_up(struct batch *batch)
{
    batch_command(batch, &batch->hotkey->rules->profile->given_up);
}

static uint8_t digits_wanted(const struct hotkey *hotkey)
{
    if (hotkey->rules->profile->enter_ends_number)
        return DIGITS_MAX + 1;
    return hotkey->highest_number > 99 ? 3 : hotkey->highest_number > 9 ? 2 : 1;
}

static void give_number(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;
    struct command command = {.type = COMMAND_TARGET, .number = hotkey->number};

    if (hotkey->asks) {
        command = hotkey->asks->command;
        if (hotkey->digit_count > 0)
            command.scan_s = hotkey->number;
    } else if (hotkey->number == 0) {
        command.type = COMMAND_LOCAL;
    }
    if (hotkey->asks && command.scan_s == 0)
        give_up(batch);
    else
        batch_command(batch, &command);
}

static void wait_for_number(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;
    bool is_timed = !hotkey->rules->profile->enter_ends_number && !hotkey->by_hold;

    hotkey_enter_phase(hotkey, HOTKEY_NUMBER,
                       batch->now_us + time_us(is_timed ? TIME_LEADER_DIGIT : TIME_LEADER_WAIT));
}

/* The zero of local needs no second digit. */
static bool is_complete(const struct hotkey *hotkey)
{
    return hotkey->digit_count >= digits_wanted(hotkey) ||
           (hotkey->number == 0 && !hotkey->rules->profile->enter_ends_number);
}

static void take_digit(struct batch *batch, int digit)
{
    struct hotkey *hotkey = batch->hotkey;

    hotkey->number = (uint16_t)(hotkey->number * 10 + digit);
    hotkey->digit_count++;
    if (hotkey->digit_count > DIGITS_MAX)
        give_up(batch);
    else if (is_complete(hotkey))
        give_number(batch);
    else
        wait_for_number(batch);
}

void sequence_press(struct batch *batch, uint16_t code)
{
    struct hotkey *hotkey = batch->hotkey;
    const struct hotkey_profile *profile = hotkey->rules->profile;
    const struct hotkey_profile_key *key = hotkey_profile_key(profile, code);
    int digit = hotkey_profile_digit(profile, code);

    keyset_add(&hotkey->swallowed, code);
    if (code == hotkey->leader_key) {
        batch_command(batch, &profile->leader_again);
    } else if (digit >= 0) {
        take_digit(batch, digit);
    } else if (key && key->asks_seconds) {
        hotkey->asks = key;
        wait_for_number(batch);
    } else if (key) {
        batch_command(batch, &key->command);
    } else {
        give_up(batch);
    }
}

static void take_back_digit(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;

    if (hotkey->digit_count > 0) {
        hotkey->digit_count--;
        hotkey->number /= 10;
        wait_for_number(batch);
    } else {
        hotkey->asks = NULL;
        hotkey_enter_phase(hotkey, HOTKEY_SEQUENCE, batch->now_us + time_us(TIME_LEADER_WAIT));
    }
}

static void press_before_enter(struct batch *batch, uint16_t code, int digit)
{
    struct hotkey *hotkey = batch->hotkey;
    bool is_something = hotkey->digit_count > 0 || hotkey->asks;

    if (digit >= 0)
        take_digit(batch, digit);
    else if ((code == KEY_ENTER || code == KEY_KPENTER) && is_something)
        give_number(batch);
    else if (code == KEY_BACKSPACE)
        take_back_digit(batch);
    else
        give_up(batch);
}

bool sequence_press_in_number(struct batch *batch, uint16_t code)
{
    struct hotkey *hotkey = batch->hotkey;
    int digit = hotkey_profile_digit(hotkey->rules->profile, code);

    if (!hotkey->rules->profile->enter_ends_number && digit < 0) {
        give_number(batch);
        return false;
    }
    keyset_add(&hotkey->swallowed, code);
    if (hotkey->rules->profile->enter_ends_number)
        press_before_enter(batch, code, digit);
    else
        take_digit(batch, digit);
    return true;
}

void sequence_end(struct batch *batch)
{
    struct hotkey *hotkey = batch->hotkey;

    if (hotkey->phase == HOTKEY_NUMBER && !hotkey->rules->profile->enter_ends_number)
        give_number(batch);
    else
        give_up(batch);
}

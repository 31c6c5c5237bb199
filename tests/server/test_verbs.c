/* The verbs of the control socket are those of docs/control.md, each with the class that stands
 * there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/net/verbs.h"

static const struct control_verb *find(const char *name)
{
    for (size_t i = 0; i < verbs_count; i++)
        if (strcmp(verbs_table[i].name, name) == 0)
            return &verbs_table[i];
    return NULL;
}

static void the_document_has_all_with_their_classes(void **state)
{
    static const char *const classes[] = {
        [CONTROL_SEE] = "see", [CONTROL_USE] = "use", [CONTROL_OWN] = "own"};
    FILE *document = fopen(CONTROL_MD, "r");
    char line[4096], name[32], class[8];
    size_t count = 0;
    assert_non_null(document);
    while (fgets(line, sizeof line, document)) {
        int end = 0; /* stays so when the second column goes on */
        if (sscanf(line, "| `%31[a-z-]` | %7[a-z] |%n", name, class, &end) != 2 || end == 0)
            continue;
        const struct control_verb *verb = find(name);
        assert_non_null(verb);
        assert_string_equal(classes[verb->class], class);
        count++;
    }
    fclose(document);
    assert_int_equal(count, verbs_count);
}

/* What a user of the group may do, who owns nothing. */
static void to_pair_and_to_forget_is_the_owners(void **state)
{
    assert_int_equal(find("pair")->class, CONTROL_OWN);
    assert_int_equal(find("forget")->class, CONTROL_OWN);
    assert_int_equal(find("switch")->class, CONTROL_USE);
    assert_int_equal(find("input")->class, CONTROL_USE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_has_all_with_their_classes),
        cmocka_unit_test(to_pair_and_to_forget_is_the_owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/cli/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2

void table_init(struct table *table, size_t columns)
{
    assert(columns <= TABLE_COLUMNS_MAX);
    *table = (struct table){.columns = columns};
}

void table_add(struct table *table, const char *const texts[])
{
    size_t count = table->rows * table->columns;
    table->cells = realloc(table->cells, (count + table->columns) * sizeof *table->cells);
    if (!table->cells)
        abort();
    for (size_t i = 0; i < table->columns; i++) {
        table->cells[count + i] = strdup(texts[i] ? texts[i] : "");
        if (!table->cells[count + i])
            abort();
    }
    table->rows++;
}

/* Letters, not bytes: what follows the first byte of a UTF-8 letter takes no place. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

void table_print(const struct table *table, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    for (size_t row = 0; row < table->rows; row++) {
        size_t waiting = 0; /* spaces that are owed if something follows */
        for (size_t column = 0; column < table->columns; column++) {
            const char *cell = table->cells[row * table->columns + column];
            if (*cell) {
                fprintf(out, "%*s%s", (int)waiting, "", cell);
                waiting = 0;
            }
            if (widths[column] > 0)
                waiting += widths[column] - width_of(cell) + GAP;
        }
        fputc('\n', out);
    }
}

void table_finish(struct table *table)
{
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){0};
}

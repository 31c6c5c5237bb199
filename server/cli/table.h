/* Rows whose columns stand under each other. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 6

struct table {
    size_t columns, rows;
    char **cells; /* rows x columns */
};

void table_init(struct table *table, size_t columns);
/* `columns` texts, copied; NULL is an empty one. */
void table_add(struct table *table, const char *const texts[]);
/* Two spaces between columns, none at the end of a line. */
void table_print(const struct table *table, FILE *out);
void table_finish(struct table *table);

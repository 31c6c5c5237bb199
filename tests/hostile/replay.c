/* replay FILE...: runs recorded sessions, or what the fuzzer found, through the decoder, or an
 * agent, in this process. Prints each one's end; a file that is a directory stands for those in it.
 */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/paths.h"
#include "tests/hostile/fuzz.h"

#define FILE_BYTES_MAX (2u << 20)

static bool run_file(const char *path)
{
    char *bytes = NULL;
    size_t size_bytes = 0;

    int result = paths_read_file(path, FILE_BYTES_MAX, &bytes, &size_bytes);
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(-result));
        return false;
    }
    printf("%s: ", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, size_bytes);
    puts(fuzz_reason());
    free(bytes);
    return true;
}

static bool run_directory(DIR *directory, const char *path)
{
    const struct dirent *entry = NULL;
    bool good = true;

    while ((entry = readdir(directory))) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            good = run_file(name) && good;
    }
    return good;
}

int main(int argc, char **argv)
{
    bool good = argc > 1;

    for (int i = 1; i < argc; i++) {
        DIR *directory = opendir(argv[i]);
        good = (directory ? run_directory(directory, argv[i]) : run_file(argv[i])) && good;
        if (directory)
            closedir(directory);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

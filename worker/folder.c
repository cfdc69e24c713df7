#include "worker/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/text.h"

bool folder_is_one(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_scenarios(const char *name)
{
    return name[0] != '.' && text_ends_with(text_of(name), ".test.json");
}

static bool is_definition(const char *name)
{
    return name[0] != '.' && text_ends_with(text_of(name), ".json") && !is_scenarios(name) &&
           strcmp(name, "services.json") != 0 && strcmp(name, "input.json") != 0;
}

static const char *join(struct arena *arena, const char *folder, const char *name)
{
    size_t folder_size = strlen(folder), name_size = strlen(name);
    while (folder_size > 1 && folder[folder_size - 1] == '/')
        folder_size--; /* as shells complete it */
    char *path = arena_alloc(arena, folder_size + name_size + 2);
    if (path == NULL)
        return NULL;
    memcpy(path, folder, folder_size);
    path[folder_size] = '/';
    memcpy(path + folder_size + 1, name, name_size);
    return path;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status read_entries(struct arena *arena, DIR *directory, const char *folder,
                                bool (*is_wanted)(const char *name), const char **paths,
                                size_t *count, struct error *error)
{
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (!is_wanted(entry->d_name))
            continue;
        if (*count == FOLDER_FILES_MAX)
            return error_set(error, STATUS_REJECTED,
                             "folder %s has more than %d files of this kind", folder,
                             FOLDER_FILES_MAX);
        paths[*count] = join(arena, folder, entry->d_name);
        if (paths[(*count)++] == NULL)
            return error_memory(error);
    }
    return STATUS_OK;
}

static enum status list(struct arena *arena, const char *folder,
                        bool (*is_wanted)(const char *name), const char ***paths, size_t *count,
                        struct error *error)
{
    *count = 0;
    *paths = arena_alloc_array(arena, FOLDER_FILES_MAX, sizeof **paths);
    if (*paths == NULL)
        return error_memory(error);
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return error_set(error, STATUS_REJECTED, "folder %s: %s", folder, strerror(errno));
    enum status status = read_entries(arena, directory, folder, is_wanted, *paths, count, error);
    closedir(directory);
    if (status == STATUS_OK && *count > 0)
        qsort(*paths, *count, sizeof **paths, compare_paths);
    return status;
}

enum status folder_list(struct arena *arena, const char *folder, const char ***paths, size_t *count,
                        struct error *error)
{
    return list(arena, folder, is_definition, paths, count, error);
}

enum status folder_list_scenarios(struct arena *arena, const char *folder, const char ***paths,
                                  size_t *count, struct error *error)
{
    return list(arena, folder, is_scenarios, paths, count, error);
}

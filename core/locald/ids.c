#include "core/locald/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/locald/command.h"
#include "core/locald/text_file.h"

#define LOGIN_MAX 256

/* Reads ETC/NAME. 1: *text is it; 0: there is none. */
static int read_etc(const char *etc, const char *name, char **text, struct locald_error *e) {
    char path[4200];
    (void)snprintf(path, sizeof path, "%s/%s", etc, name);
    *text = text_read(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (*text != NULL)
        return 1;
    return errno == ENOENT ? 0 : fail(e, LOCALD_E_SYSTEM, errno, path, "reading it", NULL);
}

static void find_login(char *text, uid_t uid, char *login) {
    char *line;
    while ((line = text_cut(&text, '\n')) != NULL) {
        id_t id = 0;
        char *name = text_cut(&line, ':');
        (void)text_cut(&line, ':');
        char *number = text_cut(&line, ':');
        if (number == NULL || line == NULL || !text_id(number, &id) || id != uid)
            continue;
        if (strlen(name) < LOGIN_MAX)
            memcpy(login, name, strlen(name) + 1);
        return;
    }
}

static bool overlaps(const struct ids_extent *x, uint32_t first, uint32_t count) {
    return x->outside < (uint64_t)first + count && first < (uint64_t)x->outside + x->size;
}

/* As the shim counts: a range that overlaps another, holds root's id or wraps is left out. */
static void add_range(struct ids_map *map, uint32_t first, uint32_t count) {
    const struct ids_extent *last = &map->extents[map->count - 1];
    uint32_t next = last->inside + last->size;
    bool fits = map->count < IDS_EXTENTS_MAX && first > 0 && count > 0 &&
                (uint64_t)first + count <= UINT32_MAX && count < UINT32_MAX - next;
    for (size_t i = 0; fits && i < map->count; i++)
        fits = !overlaps(&map->extents[i], first, count);
    if (fits)
        map->extents[map->count++] = (struct ids_extent){next, first, count};
}

static void add_ranges(struct ids_map *map, char *text, const char *login, uid_t uid) {
    char *line;
    while ((line = text_cut(&text, '\n')) != NULL) {
        id_t owner = 0, first = 0, count = 0;
        const char *name = text_cut(&line, ':');
        const char *begin = text_cut(&line, ':');
        bool theirs =
            (login[0] != '\0' && strcmp(name, login) == 0) || (text_id(name, &owner) && owner == uid);
        if (theirs && begin != NULL && line != NULL && text_id(begin, &first) && text_id(line, &count))
            add_range(map, first, count);
    }
}

static int read_map(const char *etc, const char *file, const char *login, uid_t uid, uint32_t own,
                    struct ids_map *map, struct locald_error *e) {
    char *text = NULL;
    map->extents[0] = (struct ids_extent){0, own, 1};
    map->count = 1;
    int rc = read_etc(etc, file, &text, e);
    if (rc == 1)
        add_ranges(map, text, login, uid);
    free(text);
    return rc < 0 ? -1 : 0;
}

int ids_read(const char *etc, uid_t uid, gid_t gid, struct ids *ids, struct locald_error *e) {
    char *text = NULL, login[LOGIN_MAX] = "";
    int rc = read_etc(etc, "passwd", &text, e);
    if (rc < 0)
        return -1;
    if (rc == 1)
        find_login(text, uid, login);
    free(text);
    if (read_map(etc, "subuid", login, uid, uid, &ids->uids, e) != 0 ||
        read_map(etc, "subgid", login, uid, gid, &ids->gids, e) != 0)
        return -1;
    /* root's container without a user namespace sees ids as the host does */
    ids->namespace = uid != 0 || (ids->uids.count > 1 && ids->gids.count > 1);
    return 0;
}

bool ids_has(const struct ids_map *map, uint32_t inside) {
    for (size_t i = 0; i < map->count; i++)
        if (inside >= map->extents[i].inside && inside - map->extents[i].inside < map->extents[i].size)
            return true;
    return false;
}

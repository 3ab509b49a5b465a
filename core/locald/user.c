#include "core/locald/user.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/locald/command.h"
#include "core/locald/text_file.h"

struct entry {
    id_t id, group;
    char home[sizeof((struct user *)0)->home];
};

/* One line NAME:x:ID[:GID:GECOS:HOME:SHELL]; false when it is malformed. passwd has at least six fields. */
static bool get_entry(char *line, bool passwd, const char **name, struct entry *entry) {
    *name = text_cut(&line, ':');
    (void)text_cut(&line, ':');
    const char *id = text_cut(&line, ':');
    if (id == NULL || (*name)[0] == '\0' || !text_id(id, &entry->id))
        return false;
    entry->home[0] = '\0';
    if (!passwd)
        return true;
    const char *group = text_cut(&line, ':');
    (void)text_cut(&line, ':');
    const char *home = text_cut(&line, ':');
    if (home == NULL || !text_id(group, &entry->group))
        return false;
    if (home[0] == '/' && strlen(home) < sizeof entry->home)
        memcpy(entry->home, home, strlen(home) + 1);
    return true;
}

/* The first line of that name, or of that number where name is NULL. 1: found; 0: none; -1: errno. */
static int look_up(int root, bool passwd, const char *name, id_t id, struct entry *entry) {
    char *text = text_read(text_open_inside(root, passwd ? "etc/passwd" : "etc/group"));
    if (text == NULL)
        return -1;
    int found = 0;
    char *rest = text, *line;
    while (found == 0 && (line = text_cut(&rest, '\n')) != NULL) {
        const char *theirs = NULL;
        if (get_entry(line, passwd, &theirs, entry) &&
            (name != NULL ? strcmp(theirs, name) == 0 : entry->id == id))
            found = 1;
    }
    free(text);
    return found;
}

static int unknown(struct locald_error *e, int found, bool passwd, const char *name) {
    char message[160];
    (void)snprintf(message, sizeof message, "%s %s in the root file system's /etc/%s",
                   passwd ? "no user of this name" : "no group of this name",
                   found < 0 ? "can be looked up" : "stands", passwd ? "passwd" : "group");
    return fail(e, LOCALD_E_ARGUMENT, found < 0 ? errno : 0, name, message,
                "give numbers instead: UID or UID:GID");
}

static int find_group(int root, const char *group, struct user *user, struct locald_error *e) {
    struct entry entry;
    id_t number = 0;
    if (text_id(group, &number)) {
        user->gid = number;
        return 0;
    }
    int found = look_up(root, false, group, 0, &entry);
    if (found != 1)
        return unknown(e, found, false, group);
    user->gid = entry.id;
    return 0;
}

int user_find(int root, const char *text, struct user *user, struct locald_error *e) {
    char words[512];
    int n = snprintf(words, sizeof words, "%s", text == NULL ? "0:0" : text);
    char *group = words;
    const char *name = text_cut(&group, ':');
    if (n < 0 || (size_t)n >= sizeof words || name[0] == '\0' || (group != NULL && group[0] == '\0'))
        return fail(e, LOCALD_E_ARGUMENT, 0, "--user", "expected UID[:GID], NAME or NAME:GROUP", NULL);
    struct entry entry = {0};
    id_t number = 0;
    bool is_number = text_id(name, &number);
    int found = look_up(root, true, is_number ? NULL : name, number, &entry);
    if (!is_number && found != 1)
        return unknown(e, found, true, name);
    user->uid = is_number ? number : entry.id;
    user->gid = found == 1 ? entry.group : 0;
    (void)snprintf(user->home, sizeof user->home, "%s",
                   found == 1 && entry.home[0] != '\0' ? entry.home : "/");
    return group == NULL ? 0 : find_group(root, group, user, e);
}

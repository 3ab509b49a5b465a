#include "core/base/path_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/sys.h"
#include "core/base/text.h"

int path_name_next(char *rest, char name[NAME_MAX + 1]) {
    const char *from = rest + strspn(rest, "/");
    size_t len = strcspn(from, "/");
    if (len == 0)
        return 0;
    if (len > NAME_MAX)
        return sys_fail(ENAMETOOLONG);
    (void)snprintf(name, NAME_MAX + 1, "%.*s", (int)len, from);
    from += len;
    from += strspn(from, "/");
    memmove(rest, from, strlen(from) + 1);
    return 1;
}

int path_name_join(char *to, const char *a, const char *b) {
    struct text t = text_in(to, PATH_MAX);
    text_add(&t, a);
    text_add(&t, "/");
    text_add(&t, b);
    return t.cut ? sys_fail(ENAMETOOLONG) : 0;
}

int path_name_split(const char *path, char *dir, char name[NAME_MAX + 1]) {
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    size_t len = end - begin;
    if (len > NAME_MAX || begin >= PATH_MAX)
        return sys_fail(ENAMETOOLONG);
    (void)snprintf(name, NAME_MAX + 1, "%.*s", (int)len, path + begin);
    (void)snprintf(dir, PATH_MAX, "%.*s", begin == 0 ? 1 : (int)begin, begin == 0 ? "." : path);
    return len == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? sys_fail(EINVAL) : 0;
}

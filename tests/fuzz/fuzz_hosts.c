/*
 * /etc/hosts and names: the first line of the input is names with blanks between them, the rest the file.
 * What is written keeps all that is outside of the block, gives no name that may not be, and doing it again
 * changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "core/parse/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 17 };

static void promise(bool kept) {
    if (!kept)
        abort();
}

static const char *line_of(const char *text, size_t len, const char *line) {
    size_t n = strlen(line);
    for (const char *at = text; at < text + len;) {
        const char *newline = memchr(at, '\n', (size_t)(text + len - at));
        const char *stop = newline == NULL ? text + len : newline;
        if ((size_t)(stop - at) == n && memcmp(at, line, n) == 0)
            return at;
        at = stop + 1;
    }
    return NULL;
}

/* Outside of the block both texts are the same, but for a newline that the last line lacked. */
static void check_outside(const char *old, size_t len, const struct text *new) {
    const char *from = line_of(old, len, "# BEGIN locald"), *to = line_of(old, len, "# END locald");
    const char *new_from = line_of(new->bytes, new->len, "# BEGIN locald");
    size_t head = from == NULL ? len : (size_t)(from - old);
    promise(new->len >= head &&memcmp(old, new->bytes, head) == 0);
    promise((from == NULL) == (to == NULL));
    if (new_from != NULL)
        promise((size_t)(new_from - new->bytes) - head <= 1 && strstr(new_from, "\n# END locald\n") != NULL);
    const char *tail = to == NULL ? old + len : to + strlen("# END locald");
    if (tail < old + len)
        tail++;
    size_t rest = (size_t)(old + len - tail);
    promise(new->len >= rest &&memcmp(new->bytes + new->len - rest, tail, rest) == 0);
}

/* Each line of this user's is one of two, and its name has plain bytes and an allowed end. */
static void check_own(const char *text, const char *mark) {
    for (const char *at = line_of(text, strlen(text), "# BEGIN locald");
         at != NULL && (at = strchr(at, '\n')) != NULL;) {
        const char *stop = strchr(++at, '\n');
        if (strncmp(at, "# END locald\n", 13) == 0)
            return;
        size_t n = stop == NULL ? 0 : (size_t)(stop - at);
        if (n < strlen(mark) || memcmp(stop - strlen(mark), mark, strlen(mark)) != 0)
            continue;
        const char *name = strncmp(at, "::1 ", 4) == 0 ? at + 4 : at + 10;
        size_t length = (size_t)(stop - strlen(mark) - name);
        promise(name > at && length > 5 && length <= HOSTS_NAME_MAX);
        promise(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length);
        promise(strncmp(name + length - 10, ".localhost", 10) == 0 ||
                strncmp(name + length - 5, ".test", 5) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char first[ROOM], second[ROOM], words[4096];
    const char *names[HOSTS_NAMES_MAX];
    struct policy p = POLICY_DEFAULT;
    p.suffix_count = 1;
    memcpy(p.suffixes[0], ".test", 6);
    const uint8_t *newline = memchr(data, '\n', size);
    size_t head = newline == NULL ? size : (size_t)(newline - data);
    if (head >= sizeof words || size > ROOM / 2)
        return 0;
    memcpy(words, data, head);
    words[head] = '\0';
    struct hosts_names wanted = {names, 0, 1000};
    for (char *at = strtok(words, " "); at != NULL && wanted.count < HOSTS_NAMES_MAX; at = strtok(NULL, " "))
        names[wanted.count++] = at;
    const char *old = (const char *)data + head + (newline != NULL ? 1 : 0);
    size_t len = size - head - (newline != NULL ? 1 : 0);
    struct error e = {0};
    struct text out = text_in(first, ROOM), again = text_in(second, ROOM);
    if (hosts_sync(old, len, &wanted, &p, &out, &e) != 0) {
        promise(e.code == E_FILE || e.code == E_USAGE || e.code == E_AUTHORITY);
        return 0;
    }
    promise(strlen(first) == out.len);
    check_outside(old, len, &out);
    if (wanted.count > 0)
        check_own(first, " # uid 1000");
    promise(hosts_sync(first, out.len, &wanted, &p, &again, &e) == 0);
    promise(again.len == out.len && memcmp(first, second, out.len) == 0);
    return 0;
}

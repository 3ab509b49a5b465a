/*
 * embed: build tool. Compiles Lua files to bytecode and writes a C file to stdout that holds them.
 *
 *   embed PREFIX FILE.lua...
 *
 * PREFIX is the directory that module names leave out: `embed lua lua/lib/node.lua` makes module "lib.node",
 * which calls itself lib/node.lua in messages. Of the debug information the lines stay, which give an
 * internal fault its place; the names of local variables go, since a start would read them all for nothing. A
 * file that does not compile ends the build with its name and line.
 */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 256
#define FILE_MAX_BYTES ((size_t)1 << 20)

struct module {
    char name[NAME_MAX_BYTES];
    const char *path;
    const char *inner; /* the path without the prefix */
};

static void fail(const char *path, const char *what) {
    (void)fprintf(stderr, "embed: %s: %s\n", path, what);
    exit(1);
}

static void name_module(struct module *m, const char *prefix, const char *path) {
    size_t skip = strlen(prefix);
    if (strncmp(path, prefix, skip) != 0 || path[skip] != '/')
        fail(path, "does not stand below the prefix");
    m->path = path;
    m->inner = path + skip + 1;

    size_t len = strlen(m->inner);
    if (len < 5 || len - 4 >= sizeof m->name || strcmp(m->inner + len - 4, ".lua") != 0)
        fail(path, "is no .lua file, or its name is too long");
    memcpy(m->name, m->inner, len - 4);
    m->name[len - 4] = '\0';
    for (char *c = m->name; *c != '\0'; c++) {
        if (*c == '/')
            *c = '.';
        else if (*c == '.' || *c == '"' || *c == '\\')
            fail(path, "has a name that require() can't say");
    }
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct module *)a)->name, ((const struct module *)b)->name);
}

static size_t read_file(const char *path, char *room, size_t size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size_t len = fread(room, 1, size, file);
    if (ferror(file) != 0 || len == size)
        fail(path, "can't be read, or has over 1 MiB");
    (void)fclose(file);
    return len;
}

struct dump {
    const char *path;
    unsigned char bytes[FILE_MAX_BYTES];
    size_t len, at, kept; /* read up to at; what is kept of that is moved to the front */
};

static int add_bytes(lua_State *L, const void *bytes, size_t len, void *to) {
    (void)L;
    struct dump *d = to;
    if (len > sizeof d->bytes - d->len)
        fail(d->path, "has over 1 MiB of bytecode");
    memcpy(d->bytes + d->len, bytes, len);
    d->len += len;
    return 0;
}

static void keep(struct dump *d, size_t len) {
    if (len > d->len - d->at)
        fail(d->path, "has bytecode that is not Lua 5.4's");
    memmove(d->bytes + d->kept, d->bytes + d->at, len);
    d->kept += len;
    d->at += len;
}

/* Seven bits in each byte, the highest first; the last byte has its eighth bit set. */
static size_t keep_number(struct dump *d) {
    size_t number = 0;
    do {
        keep(d, 1);
        number = number << 7 | (d->bytes[d->kept - 1] & 0x7f);
    } while ((d->bytes[d->kept - 1] & 0x80) == 0);
    return number;
}

/* Its length and one, or 0 for none. */
static void keep_string(struct dump *d) {
    size_t size = keep_number(d);
    keep(d, size > 0 ? size - 1 : 0);
}

static void keep_constant(struct dump *d) {
    keep(d, 1);
    unsigned type = d->bytes[d->kept - 1];
    if ((type & 0x0f) == LUA_TNUMBER)
        keep(d, 8);
    else if ((type & 0x0f) == LUA_TSTRING)
        keep_string(d);
}

/* Reads names of variables, each with so many numbers behind it, and keeps none. */
static void drop_names(struct dump *d, unsigned numbers) {
    size_t before = d->kept;
    for (size_t n = keep_number(d); n > 0; n--) {
        keep_string(d);
        for (unsigned i = 0; i < numbers; i++)
            (void)keep_number(d);
    }
    d->kept = before;
    d->bytes[d->kept++] = 0x80; /* the count 0 */
}

/* ldump.c of Lua 5.4 */
static void keep_function(struct dump *d) {
    keep_string(d);       /* the source */
    (void)keep_number(d); /* its first and last line */
    (void)keep_number(d);
    keep(d, 3);
    keep(d, keep_number(d) * 4); /* instructions */
    for (size_t n = keep_number(d); n > 0; n--)
        keep_constant(d);
    keep(d, keep_number(d) * 3); /* upvalues */
    for (size_t n = keep_number(d); n > 0; n--)
        keep_function(d);
    keep(d, keep_number(d)); /* lines */
    for (size_t n = keep_number(d) * 2; n > 0; n--)
        (void)keep_number(d);
    drop_names(d, 2); /* locals, with where they live */
    drop_names(d, 0); /* upvalues */
}

static void strip_names(struct dump *d) {
    static const unsigned char expected[] = {0x1b, 'L', 'u', 'a', 0x54, 0};
    keep(d, 32); /* the header, and the count of the main function's upvalues */
    if (memcmp(d->bytes, expected, sizeof expected) != 0)
        fail(d->path, "has bytecode that is not Lua 5.4's");
    keep_function(d);
    if (d->at != d->len)
        fail(d->path, "has bytecode that is not Lua 5.4's");
}

static void write_module(lua_State *L, const struct module *m, unsigned number) {
    static char source[FILE_MAX_BYTES];
    size_t len = read_file(m->path, source, sizeof source);

    char chunk[NAME_MAX_BYTES + 8];
    (void)snprintf(chunk, sizeof chunk, "=%s", m->inner);
    if (luaL_loadbufferx(L, source, len, chunk, "t") != LUA_OK) {
        const char *message = lua_tostring(L, -1);
        const char *prefix_end = m->inner; /* the message has the inner path: give the whole one */
        (void)fprintf(stderr, "%.*s%s\n", (int)(prefix_end - m->path), m->path, message);
        exit(1);
    }
    static struct dump d;
    d.path = m->path;
    d.len = d.at = d.kept = 0;
    if (lua_dump(L, add_bytes, &d, 0) != 0)
        fail(m->path, "can't be dumped");
    strip_names(&d);
    (void)printf("static const unsigned char module_%u[] = {\n", number);
    for (size_t i = 0; i < d.kept; i++)
        (void)printf("%u,%s", (unsigned)d.bytes[i], (i + 1) % 32 == 0 ? "\n" : "");
    (void)printf("};\n\n");
    lua_pop(L, 1);
}

static void write_table(const struct module *modules, unsigned count) {
    (void)printf("static const struct lua_module modules[] = {\n");
    for (unsigned i = 0; i < count; i++)
        (void)printf("    {\"%s\", module_%u, sizeof module_%u},\n", modules[i].name, i, i);
    (void)printf(
        "};\n\n"
        "static int by_name(const void *name, const void *module) {\n"
        "    return strcmp(name, ((const struct lua_module *)module)->name);\n"
        "}\n\n"
        "const struct lua_module *lua_module_find(const char *name) {\n"
        "    return bsearch(name, modules, sizeof modules / sizeof modules[0], sizeof modules[0], by_name);\n"
        "}\n");
}

int main(int argc, char **argv) {
    if (argc < 3) {
        (void)fprintf(stderr, "usage: embed PREFIX FILE.lua...\n");
        return 2;
    }
    unsigned count = (unsigned)argc - 2;
    struct module *modules = calloc(count, sizeof *modules);
    lua_State *L = luaL_newstate();
    if (modules == NULL || L == NULL)
        fail(argv[1], "no memory");

    for (unsigned i = 0; i < count; i++)
        name_module(&modules[i], argv[1], argv[i + 2]);
    qsort(modules, count, sizeof *modules, by_name);
    for (unsigned i = 1; i < count; i++) {
        if (strcmp(modules[i - 1].name, modules[i].name) == 0)
            fail(modules[i].path, "stands there twice");
    }

    (void)printf("/* Made by core/tools/embed.c from the files of %s/. */\n"
                 "#include \"core/interpreter/modules.h\"\n\n#include <stdlib.h>\n#include <string.h>\n\n",
                 argv[1]);
    for (unsigned i = 0; i < count; i++)
        write_module(L, &modules[i], i);
    write_table(modules, count);
    free(modules);
    lua_close(L);
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}

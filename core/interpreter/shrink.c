#include "core/interpreter/shrink.h"

#include <stdint.h>
#include <string.h>

#define LOAD   (BPF_LD | BPF_W | BPF_ABS)
#define MASK   (BPF_ALU | BPF_AND | BPF_K)
#define RETURN (BPF_RET | BPF_K)
#define GO     (BPF_JMP | BPF_JA)
#define IF_EQ  (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_GT  (BPF_JMP | BPF_JGT | BPF_K)
#define IF_GE  (BPF_JMP | BPF_JGE | BPF_K)

#define RUN        12u                   /* intervals that are looked through one by one */
#define POINTS_MAX (2 * SHRINK_MAX + 2u) /* a constant begins two intervals at most */
#define NOWHERE    SHRINK_MAX

struct program {
    const struct sock_filter *at;
    size_t count;
};

/* What is compared after a word was loaded: from point[i] to point[i + 1] the program goes on at next[i]. */
struct intervals {
    size_t count;
    uint32_t point[POINTS_MAX];
    uint32_t next[POINTS_MAX];
};

/* Follows comparisons of the value `a` from pc on, up to a return or load; NOWHERE for anything else. */
static uint32_t follow(const struct program *p, size_t pc, uint32_t a) {
    while (pc < p->count) {
        const struct sock_filter *i = &p->at[pc];
        if (i->code == RETURN || i->code == LOAD)
            return (uint32_t)pc;
        bool yes = false;
        switch (i->code) {
        case GO:
            pc += 1 + (size_t)i->k;
            continue;
        case IF_EQ:
            /* libseccomp's long lists: one comparison for each call, each leads to the next */
            while (i->code == IF_EQ && i->k != a && i->jf == 0 && pc + 1 < p->count)
                i = &p->at[++pc];
            if (i->code != IF_EQ)
                continue;
            yes = a == i->k;
            break;
        case IF_GT:
            yes = a > i->k;
            break;
        case IF_GE:
            yes = a >= i->k;
            break;
        default:
            return NOWHERE;
        }
        pc += 1 + (size_t)(yes ? i->jt : i->jf);
    }
    return NOWHERE;
}

/* Behind the load at pc and the masks that follow it. */
static size_t behind_head(const struct program *p, size_t pc) {
    for (pc++; pc < p->count && p->at[pc].code == MASK;)
        pc++;
    return pc;
}

static void add_point(struct intervals *v, uint32_t k) {
    if (v->count < POINTS_MAX)
        v->point[v->count++] = k;
}

struct reach {
    bool at[SHRINK_MAX];
    size_t end; /* behind the last place that is reached */
};

static void reach(struct reach *r, const struct program *p, size_t pc) {
    if (pc >= p->count)
        return;
    r->at[pc] = true;
    r->end = pc >= r->end ? pc + 1 : r->end;
}

/* Every constant that decides anything between pc and the next load. Jumps only lead forward, so that one
 * pass sees all that is reached. */
static void collect_points(const struct program *p, size_t pc, struct intervals *v) {
    struct reach r = {.end = 0};
    reach(&r, p, pc);
    for (; pc < r.end; pc++) {
        const struct sock_filter *i = &p->at[pc];
        if (!r.at[pc] || i->code == RETURN || i->code == LOAD)
            continue;
        if (i->code == GO) {
            reach(&r, p, pc + 1 + (size_t)i->k);
            continue;
        }
        reach(&r, p, pc + 1 + i->jt);
        reach(&r, p, pc + 1 + i->jf);
        if (i->code == IF_EQ || i->code == IF_GE)
            add_point(v, i->k);
        if ((i->code == IF_EQ || i->code == IF_GT) && i->k < UINT32_MAX)
            add_point(v, i->k + 1);
    }
}

/* Ascending, each once. By hand (Shell's): glibc's qsort asks the kernel how much memory there is, which the
 * interpreter's filter forbids. */
static void sort_points(struct intervals *v) {
    for (size_t gap = v->count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < v->count; i++) {
            uint32_t k = v->point[i];
            size_t at = i;
            for (; at >= gap && v->point[at - gap] > k; at -= gap)
                v->point[at] = v->point[at - gap];
            v->point[at] = k;
        }
    }
    size_t kept = v->count > 0;
    for (size_t i = 1; i < v->count; i++) {
        if (v->point[i] != v->point[kept - 1])
            v->point[kept++] = v->point[i];
    }
    v->count = kept;
}

/* The first of the sorted points that is not below k. */
static size_t point_at(const struct intervals *v, uint64_t k) {
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->point[middle] < k)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where the program goes on from pc, for all points at once: as at the end of the list of comparisons, but
 * for the points that one of them, the earliest, takes out. */
static bool find_next(const struct program *p, size_t pc, struct intervals *v) {
    static uint32_t passed[SHRINK_MAX]; /* comparisons on the way of who is never taken out */
    size_t count = 0;
    for (; pc < p->count && p->at[pc].code != RETURN && p->at[pc].code != LOAD; pc++) {
        uint16_t code = p->at[pc].code;
        if (code != GO && code != IF_EQ && code != IF_GT && code != IF_GE)
            return false;
        if (code != GO)
            passed[count++] = (uint32_t)pc;
        pc += code == GO ? (size_t)p->at[pc].k : p->at[pc].jf;
    }
    bool found = pc < p->count;
    for (size_t i = 0; i < v->count; i++)
        v->next[i] = (uint32_t)pc;
    while (count-- > 0) {
        const struct sock_filter *i = &p->at[passed[count]];
        uint64_t low = (uint64_t)i->k + (i->code == IF_GT), end = i->code == IF_EQ ? low + 1 : UINT64_MAX;
        for (size_t at = point_at(v, low); at < v->count && v->point[at] < end; at++) {
            v->next[at] = follow(p, passed[count] + 1 + (size_t)i->jt, v->point[at]);
            found = found && v->next[at] != NOWHERE;
        }
    }
    return found;
}

static bool same_next(const struct program *p, uint32_t a, uint32_t b) {
    return a == b || (p->at[a].code == RETURN && p->at[b].code == RETURN && p->at[a].k == p->at[b].k);
}

/* The intervals behind the load at pc, neighbours with the same next merged. */
static bool find_intervals(const struct program *p, size_t pc, struct intervals *v) {
    size_t kept = 0, from = behind_head(p, pc);
    v->count = 0;
    add_point(v, 0);
    collect_points(p, from, v);
    if (v->count == POINTS_MAX)
        return false;
    sort_points(v);
    if (!find_next(p, from, v))
        return false;
    for (size_t i = 0; i < v->count; i++) {
        if (kept > 0 && same_next(p, v->next[kept - 1], v->next[i]))
            continue;
        v->point[kept] = v->point[i];
        v->next[kept++] = v->next[i];
    }
    v->count = kept;
    return true;
}

struct writer {
    struct program from;
    struct sock_filter *to;
    size_t count;
    bool full;
    uint32_t place[SHRINK_MAX]; /* where the load at that place of `from` stands now */
    bool wanted[SHRINK_MAX];
    size_t fix_count;
    struct {
        uint32_t at, load;
    } fixes[SHRINK_MAX]; /* jumps to loads that are not written yet */
};

static size_t put(struct writer *w, uint16_t code, uint32_t k) {
    if (w->count == SHRINK_MAX) {
        w->full = true;
        return 0;
    }
    w->to[w->count] = (struct sock_filter){.code = code, .k = k};
    return w->count++;
}

static void put_next(struct writer *w, uint32_t next) {
    const struct sock_filter *i = &w->from.at[next];
    if (i->code == RETURN) {
        (void)put(w, RETURN, i->k);
        return;
    }
    size_t at = put(w, GO, 0);
    if (w->full)
        return;
    w->wanted[next] = true;
    w->fixes[w->fix_count].load = next;
    w->fixes[w->fix_count++].at = (uint32_t)at;
}

/* What a run of comparisons leads to: each place once, right behind the run. */
struct exits {
    size_t count;
    uint32_t next[RUN];
    struct {
        size_t at, exit;
    } jumps[RUN];
    size_t jump_count;
};

static size_t exit_of(const struct writer *w, struct exits *x, uint32_t next) {
    for (size_t i = 0; i < x->count; i++) {
        if (same_next(&w->from, x->next[i], next))
            return i;
    }
    x->next[x->count] = next;
    return x->count++;
}

static void put_if(struct writer *w, struct exits *x, uint16_t code, uint32_t k, uint32_t next) {
    size_t at = put(w, code, k);
    x->jumps[x->jump_count].at = at;
    x->jumps[x->jump_count++].exit = exit_of(w, x, next);
}

/* One by one, from the highest down; a single number between two equal neighbours first, as "equal". */
static void put_run(struct writer *w, const struct intervals *v, size_t from, size_t to) {
    uint32_t point[RUN] = {v->point[from]}, next[RUN] = {v->next[from]};
    struct exits x = {.count = 0};
    size_t n = 1, places[RUN] = {0};
    for (size_t i = from + 1; i < to; i++) {
        if (n >= 2 && same_next(&w->from, v->next[i], next[n - 2]) && v->point[i] - point[n - 1] == 1) {
            put_if(w, &x, IF_EQ, point[n - 1], next[n - 1]);
            n--;
            continue;
        }
        point[n] = v->point[i];
        next[n++] = v->next[i];
    }
    while (n-- > 1)
        put_if(w, &x, IF_GE, point[n], next[n]);
    /* the lowest interval is where the last comparison falls through */
    size_t last = exit_of(w, &x, next[0]);
    places[last] = w->count;
    put_next(w, x.next[last]);
    for (size_t i = 0; i < x.count; i++) {
        if (i == last)
            continue;
        places[i] = w->count;
        put_next(w, x.next[i]);
    }
    for (size_t i = 0; i < x.jump_count && !w->full; i++)
        w->to[x.jumps[i].at].jt = (uint8_t)(places[x.jumps[i].exit] - x.jumps[i].at - 1);
}

/* Halves what is too long for a run: the lower half follows, the upper one is jumped to. Not recursive: the
 * upper halves wait on a stack. */
static void put_intervals(struct writer *w, const struct intervals *v) {
    struct {
        size_t from, to, jump;
    } waiting[32], now = {0, v->count, 0};
    size_t depth = 0;
    for (;;) {
        while (now.to - now.from > RUN) {
            size_t middle = now.from + (now.to - now.from) / 2;
            size_t at = put(w, IF_GE, v->point[middle]);
            w->to[at].jf = 1;
            waiting[depth].from = middle;
            waiting[depth].to = now.to;
            waiting[depth++].jump = put(w, GO, 0);
            now.to = middle;
        }
        put_run(w, v, now.from, now.to);
        if (depth == 0 || w->full)
            return;
        depth--;
        w->to[waiting[depth].jump].k = (uint32_t)(w->count - waiting[depth].jump - 1);
        now.from = waiting[depth].from;
        now.to = waiting[depth].to;
    }
}

/* All loads that are reached, in their order: what leads to a load stands before it. */
static bool rewrite(struct writer *w, struct intervals *v) {
    w->wanted[0] = true;
    for (size_t pc = 0; pc < w->from.count && !w->full; pc++) {
        if (!w->wanted[pc])
            continue;
        if (w->from.at[pc].code != LOAD || !find_intervals(&w->from, pc, v))
            return false;
        w->place[pc] = (uint32_t)w->count;
        for (size_t i = pc; i < behind_head(&w->from, pc); i++)
            (void)put(w, w->from.at[i].code, w->from.at[i].k);
        put_intervals(w, v);
    }
    for (size_t i = 0; i < w->fix_count; i++)
        w->to[w->fixes[i].at].k = w->place[w->fixes[i].load] - w->fixes[i].at - 1;
    return !w->full;
}

struct comparison {
    struct program a, b;
    struct intervals points;
    uint32_t twin[SHRINK_MAX]; /* the place in b that a load of a must be the same as; NOWHERE: not met yet */
};

static bool same_head(const struct comparison *c, size_t a, size_t b) {
    size_t length = behind_head(&c->a, a) - a;
    if (behind_head(&c->b, b) - b != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (c->a.at[a + i].code != c->b.at[b + i].code || c->a.at[a + i].k != c->b.at[b + i].k)
            return false;
    }
    return true;
}

/* Both loads lead to the same for each value: tried at every number at which either changes its mind. */
static bool same_block(struct comparison *c, size_t a, size_t b) {
    size_t from_a = behind_head(&c->a, a), from_b = behind_head(&c->b, b);
    c->points.count = 0;
    add_point(&c->points, 0);
    collect_points(&c->a, from_a, &c->points);
    collect_points(&c->b, from_b, &c->points);
    if (!same_head(c, a, b) || c->points.count == POINTS_MAX)
        return false;
    for (size_t i = 0; i < c->points.count; i++) {
        uint32_t next_a = follow(&c->a, from_a, c->points.point[i]);
        uint32_t next_b = follow(&c->b, from_b, c->points.point[i]);
        if (next_a == NOWHERE || next_b == NOWHERE || c->a.at[next_a].code != c->b.at[next_b].code)
            return false;
        if (c->a.at[next_a].code == RETURN) {
            if (c->a.at[next_a].k != c->b.at[next_b].k)
                return false;
        } else if (c->twin[next_a] == NOWHERE) {
            c->twin[next_a] = next_b;
        } else if (c->twin[next_a] != next_b) {
            return false;
        }
    }
    return true;
}

bool shrink_same(const struct sock_filter *a, size_t a_count, const struct sock_filter *b, size_t b_count) {
    static struct comparison c; /* too large for a stack */
    if (a_count == 0 || b_count == 0 || a_count > SHRINK_MAX || b_count > SHRINK_MAX || a[0].code != LOAD ||
        b[0].code != LOAD)
        return false;
    c = (struct comparison){.a = {a, a_count}, .b = {b, b_count}};
    for (size_t i = 0; i < a_count; i++)
        c.twin[i] = NOWHERE;
    c.twin[0] = 0;
    for (size_t i = 0; i < a_count; i++) {
        if (c.twin[i] != NOWHERE && !same_block(&c, i, c.twin[i]))
            return false;
    }
    return true;
}

size_t shrink_filter(const struct sock_filter *in, size_t count, struct sock_filter *out) {
    static struct writer w;
    static struct intervals v;
    if (count == 0 || count > SHRINK_MAX)
        return 0;
    memset(&w, 0, sizeof w);
    w.from = (struct program){in, count};
    w.to = out;
    if (!rewrite(&w, &v) || w.count >= count || !shrink_same(in, count, out, w.count))
        return 0;
    return w.count;
}

#include "core/engine/host/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/fd.h"

#define END_MILLISECONDS 1000

enum { MASTER, INPUT, OUTPUT };

void relay_begin(struct relay *r, int master, struct host *h) {
    r->master = master;
    (void)fcntl(master, F_SETFL,
                O_RDWR | O_NONBLOCK); /* ours alone; the caller's descriptors are never changed */
    r->is_tty = tcgetattr(STDIN_FILENO, &h->tty) == 0;
    relay_resize(r); /* what the person sees wins over process.consoleSize, as with runc */
    if (!r->is_tty)
        return;
    struct termios raw = h->tty;
    cfmakeraw(&raw);
    h->tty_saved = true;
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void relay_resize(const struct relay *r) {
    struct winsize size;
    if (r->master >= 0 && r->is_tty && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row != 0)
        (void)ioctl(r->master, TIOCSWINSZ, &size);
}

static bool empty(const struct relay_buffer *b) {
    return b->from == b->to;
}

void relay_poll(const struct relay *r, struct pollfd *p) {
    short master = (short)((empty(&r->out) ? POLLIN : 0) | (empty(&r->in) ? 0 : POLLOUT));
    bool listen = r->master >= 0 && !r->input_ended && empty(&r->in);
    p[MASTER] = (struct pollfd){.fd = r->hung || master == 0 ? -1 : r->master, .events = master};
    p[INPUT] = (struct pollfd){.fd = listen ? STDIN_FILENO : -1, .events = POLLIN};
    p[OUTPUT] = (struct pollfd){.fd = empty(&r->out) ? -1 : STDOUT_FILENO, .events = POLLOUT};
}

/* False at the end of the file or a fault that lasts. */
static bool fill(struct relay_buffer *b, int fd) {
    ssize_t n = read(fd, b->bytes, sizeof b->bytes);
    b->from = 0;
    b->to = n > 0 ? (size_t)n : 0;
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

static bool drain(struct relay_buffer *b, int fd) {
    ssize_t n = write(fd, b->bytes + b->from, b->to - b->from);
    if (n > 0)
        b->from += (size_t)n;
    return n >= 0 || errno == EINTR || errno == EAGAIN;
}

/* Our input has ended: the container's reader learns it as from a terminal, by the end-of-file character. */
static void end_input(struct relay *r) {
    struct termios t;
    r->input_ended = true;
    r->in = (struct relay_buffer){.to = 1, .bytes = {4}};
    if (tcgetattr(r->master, &t) == 0 && t.c_cc[VEOF] != 0)
        r->in.bytes[0] = (char)t.c_cc[VEOF];
}

void relay_copy(struct relay *r, const struct pollfd *p) {
    if (r->master < 0)
        return;
    if ((p[INPUT].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !fill(&r->in, STDIN_FILENO))
        end_input(r);
    if ((p[MASTER].revents & POLLOUT) != 0 && !drain(&r->in, r->master))
        r->in.from = r->in.to;
    /* EIO: no process has the terminal open now; one may open /dev/console again, so the caller polls with a
     * pause */
    if ((p[MASTER].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && empty(&r->out))
        r->hung = !fill(&r->out, r->master);
    if ((p[OUTPUT].revents & (POLLOUT | POLLHUP | POLLERR)) != 0 && !drain(&r->out, STDOUT_FILENO))
        r->out.from = r->out.to; /* our output is gone; the container need not stop for it */
}

void relay_end(struct relay *r) {
    if (r->master >= 0) {
        for (int waited = 0; waited < END_MILLISECONDS; waited++) {
            if (empty(&r->out) && (!fill(&r->out, r->master) || empty(&r->out)))
                break;
            struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
            if (poll(&out, 1, 1) > 0 && !drain(&r->out, STDOUT_FILENO))
                break;
        }
    }
    fd_close(&r->master);
}

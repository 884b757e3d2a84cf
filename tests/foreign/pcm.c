/* pcm SOCKET TEXT: speak TEXT, and write its samples to stdout as 32-bit floats.
 *
 * A client of svd in C, made from docs/protocol.md alone. On a processor that reorders loads and stores (ARM), head has
 * to be loaded with acquire and tail stored with release. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int sock, fds[3], n_fds;
static char in[1 << 20];
static size_t have;
static volatile uint64_t *words; /* the ring, once it is there */

static void fail(const char *why) {
    fprintf(stderr, "pcm: %s\n", why);
    exit(1);
}

static void speak(const char *text) {
    static const char head[] = "\x83\xa4type\xa5speak\xa4sink\xa3pcm\xa4text\xdb"; /* a map of three; str32 */
    uint32_t n = strlen(text), length = sizeof head - 1 + 4 + n;
    unsigned char size[4] = {n >> 24, n >> 16, n >> 8, n}; /* msgpack is big-endian, the frame's length little */
    FILE *out = fdopen(dup(sock), "w");
    fwrite(&length, 4, 1, out);
    fwrite(head, 1, sizeof head - 1, out);
    fwrite(size, 1, 4, out);
    fwrite(text, 1, n, out);
    if (fclose(out)) fail("cannot send");
}

static int has(const char *message, uint32_t length, const char *field, const char *value) {
    char wanted[64]; /* msgpack has short strings behind a byte with their length, and a field before its value */
    int n = snprintf(wanted, sizeof wanted, "%c%s%c%s", 0xa0 | (int)strlen(field), field, 0xa0 | (int)strlen(value), value);
    return memmem(message, length, wanted, n) != NULL;
}

static int hear(void) { /* all messages that are there; 1 when it was the last */
    struct cmsghdr control[3]; /* room for one and three descriptors */
    struct iovec to = {in + have, sizeof in - have};
    struct msghdr message = {.msg_iov = &to, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    uint32_t length;
    if (n <= 0) fail("the daemon has gone away");
    have += n;
    if (c && c->cmsg_type == SCM_RIGHTS) { /* of its only utterance, so there is but one set */
        n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(c), n_fds * sizeof(int));
    }
    while (have >= 4 && (memcpy(&length, in, 4), have >= 4 + length)) {
        if (has(in + 4, length, "type", "error")) fail("refused");
        if (has(in + 4, length, "type", "finished")) {
            if (!has(in + 4, length, "reason", "done")) fail("not spoken to its end");
            return 1;
        }
        if (has(in + 4, length, "type", "started")) {
            struct stat ring;
            if (n_fds != 3 || fstat(fds[0], &ring)) fail("no ring");
            words = mmap(NULL, ring.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
            if (words == MAP_FAILED) fail("cannot map the ring");
            if (words[0] != 0x535652494E470001 || words[1] != 2 || words[4] != 1) fail("a strange ring");
        }
        memmove(in, in + 4 + length, have -= 4 + length);
    }
    return 0;
}

static void tell(void) {
    uint64_t one = 1;
    if (write(fds[2], &one, 8) != 8) fail("cannot notify taken");
}

static int take(void) { /* one slot, if there is one */
    static uint64_t tail, position, untold;
    volatile uint64_t *slot;
    uint64_t count;
    if (words[32 + words[16] % 16] == tail) {
        if (untold) tell();
        untold = 0;
        if (read(fds[1], &count, 8) < 0) {} /* it does not block: there may be nothing to clear */
        if (words[32 + words[16] % 16] == tail) return 0;
    }
    slot = words + (1536 + tail % words[2] * words[3]) / 8;
    if (slot[0] != ++tail) fail("a broken ring");
    if (slot[4] == 4) {
        if (fwrite((char *)slot + 256, 4, slot[6], stdout) != slot[6]) fail("cannot write");
        position += slot[6];
    }
    int last = slot[4] == 6;
    words[49] = position;
    words[48] = tail; /* from here on the slot is the daemon's */
    if (++untold == 8 || last) tell(), untold = 0;
    return 1;
}

int main(int argc, char **argv) {
    struct sockaddr_un at = {AF_UNIX};
    if (argc != 3) fail("SOCKET TEXT");
    strncpy(at.sun_path, argv[1], sizeof at.sun_path - 1);
    sock = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(sock, (struct sockaddr *)&at, sizeof at)) fail("no daemon there");
    speak(argv[2]);
    for (;;) {
        struct pollfd wait[] = {{sock, POLLIN, 0}, {fds[1], POLLIN, 0}};
        while (words && take()) {}
        poll(wait, words ? 2 : 1, -1);
        if (wait[0].revents && hear()) break;
    }
    return fflush(stdout) ? 1 : 0;
}

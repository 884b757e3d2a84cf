/* pcm.NAME { type card, file PATH, rate N, channels N, format S16_LE, … }: a sound card that plays into a file.
 *
 * An ALSA I/O plugin with hardware parameters as narrow as its configuration says: 0 or "" for "any". What it has
 * played by the monotonic clock is appended to the file, in its own format; where it had nothing to play, it plays
 * silence and reports an underrun, as a card does. What it holds when it is stopped is dropped. Where there is a file
 * PATH.gone, it has been unplugged. With only "capture" it records the content of the file, and then silence. */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    snd_pcm_ioplug_t io;
    int file, running;
    char gone[4096];
    size_t frame_bytes, size; /* of the buffer, in frames */
    char *buffer;
    uint64_t began, played, given; /* nanoseconds; frames since then */
} card_t;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void put(card_t *card, const char *frames, size_t count) {
    if (write(card->file, frames, count * card->frame_bytes) < 0) {}
}

/* Play up to the present; 0, or -EPIPE where there was less to play. */
static int play(card_t *card) {
    uint64_t until = card->running ? (now() - card->began) * card->io.rate / 1000000000ull : card->played;
    uint64_t end = until < card->given ? until : card->given;
    while (card->played < end) {
        size_t at = card->played % card->size, count = end - card->played;
        if (count > card->size - at) count = card->size - at;
        put(card, card->buffer + at * card->frame_bytes, count);
        card->played += count;
    }
    if (until <= card->given) return 0;
    for (char *silence = calloc(1, card->frame_bytes); silence; free(silence), silence = NULL)
        while (card->given < until) put(card, silence, 1), card->given++;
    card->played = card->given;
    return -EPIPE;
}

static int start(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    card->began = now() - card->played * 1000000000ull / io->rate;
    card->running = 1;
    return 0;
}

static int stop(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    if (io->stream == SND_PCM_STREAM_PLAYBACK) play(card);
    card->running = 0;
    card->given = card->played = 0;
    return 0;
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    if (!access(card->gone, F_OK)) return -ENODEV;
    if (io->stream == SND_PCM_STREAM_CAPTURE) {
        uint64_t recorded = card->running ? (now() - card->began) * io->rate / 1000000000ull : 0;
        return recorded - card->given > card->size ? -EPIPE : (snd_pcm_sframes_t)(recorded % io->buffer_size);
    }
    return play(card) ? -EPIPE : (snd_pcm_sframes_t)(card->played % io->buffer_size);
}

static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
                                  snd_pcm_uframes_t size) {
    card_t *card = io->private_data;
    char *from = (char *)areas->addr + areas->first / 8 + areas->step / 8 * offset;
    if (io->stream == SND_PCM_STREAM_CAPTURE) {
        memset(from, 0, size * card->frame_bytes);
        if (pread(card->file, from, size * card->frame_bytes, card->given * card->frame_bytes) < 0) {}
        card->given += size;
        return size;
    }
    for (snd_pcm_uframes_t i = 0; i < size; i++, card->given++)
        memcpy(card->buffer + card->given % card->size * card->frame_bytes, from + i * card->frame_bytes,
               card->frame_bytes);
    return size;
}

static int prepare(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    card->frame_bytes = snd_pcm_format_physical_width(io->format) / 8 * io->channels;
    card->size = io->buffer_size;
    card->buffer = realloc(card->buffer, card->size * card->frame_bytes);
    card->given = card->played = card->running = 0;
    timerfd_settime(io->poll_fd, 0, &every, NULL);
    return card->buffer ? 0 : -ENOMEM;
}

static int revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *revents) {
    uint64_t ticks;
    if (read(fds->fd, &ticks, sizeof ticks) < 0) {}
    *revents = fds->revents ? (io->stream == SND_PCM_STREAM_CAPTURE ? POLLIN : POLLOUT) : 0;
    return 0;
}

static int shut(snd_pcm_ioplug_t *io) {
    card_t *card = io->private_data;
    close(card->file);
    close(io->poll_fd);
    free(card->buffer);
    free(card);
    return 0;
}

static const snd_pcm_ioplug_callback_t calls = {
    .start = start, .stop = stop, .pointer = pointer, .transfer = transfer,
    .prepare = prepare, .poll_revents = revents, .close = shut,
};

/* One value, or a range of them, of a hardware parameter. */
static int range(card_t *card, int parameter, const long *of) {
    return of[0] ? snd_pcm_ioplug_set_param_minmax(&card->io, parameter, of[0], of[1] ? of[1] : of[0]) : 0;
}

SND_PCM_PLUGIN_DEFINE_FUNC(card) {
    static const char *const numbers[] = {"rate", "rate_max", "channels", "channels_max", "period", "period_max",
                                          "buffer", "buffer_max"}; /* period and buffer in bytes */
    static const unsigned accesses[] = {SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_RW_INTERLEAVED};
    static const unsigned any[] = {SND_PCM_FORMAT_FLOAT_LE, SND_PCM_FORMAT_S32_LE, SND_PCM_FORMAT_S16_LE};
    static const int parameters[] = {SND_PCM_IOPLUG_HW_RATE, SND_PCM_IOPLUG_HW_CHANNELS, SND_PCM_IOPLUG_HW_PERIOD_BYTES,
                                     SND_PCM_IOPLUG_HW_BUFFER_BYTES};
    long values[8] = {0};
    const char *file = "/dev/null", *name_of_format = "", *only = "";
    snd_config_iterator_t i, next;
    snd_config_for_each(i, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(i);
        const char *id;
        snd_config_get_id(entry, &id);
        for (int k = 0; k < 8; k++)
            if (!strcmp(id, numbers[k])) snd_config_get_integer(entry, &values[k]);
        if (!strcmp(id, "file")) snd_config_get_string(entry, &file);
        if (!strcmp(id, "format")) snd_config_get_string(entry, &name_of_format);
        if (!strcmp(id, "only")) snd_config_get_string(entry, &only);
    }
    if (!strcmp(only, "capture") && stream == SND_PCM_STREAM_PLAYBACK) return -EINVAL;
    if (strcmp(only, "capture") && stream == SND_PCM_STREAM_CAPTURE) return -EINVAL;
    card_t *card = calloc(1, sizeof *card);
    if (!card) return -ENOMEM;
    snprintf(card->gone, sizeof card->gone, "%s.gone", file);
    if (!access(card->gone, F_OK)) {
        free(card);
        return -ENODEV;
    }
    int how = stream == SND_PCM_STREAM_CAPTURE ? O_RDONLY | O_CREAT : O_WRONLY | O_CREAT | O_APPEND;
    card->file = open(file, how | O_CLOEXEC, 0600);
    if (card->file < 0) {
        free(card);
        return -errno;
    }
    card->io.version = SND_PCM_IOPLUG_VERSION;
    card->io.name = "card";
    card->io.callback = &calls;
    card->io.private_data = card;
    card->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    card->io.poll_events = POLLIN;
    int error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
    if (error < 0) {
        close(card->file);
        close(card->io.poll_fd);
        free(card);
        return error;
    }
    unsigned format = snd_pcm_format_value(name_of_format);
    error = snd_pcm_ioplug_set_param_list(&card->io, SND_PCM_IOPLUG_HW_ACCESS, 2, accesses);
    error |= *name_of_format ? snd_pcm_ioplug_set_param_list(&card->io, SND_PCM_IOPLUG_HW_FORMAT, 1, &format)
                             : snd_pcm_ioplug_set_param_list(&card->io, SND_PCM_IOPLUG_HW_FORMAT, 3, any);
    for (int k = 0; k < 4; k++) error |= range(card, parameters[k], values + 2 * k);
    if (error < 0) {
        snd_pcm_ioplug_delete(&card->io);
        return -EINVAL;
    }
    *pcmp = card->io.pcm;
    return 0;
}

SND_PCM_PLUGIN_SYMBOL(card)

/*
 * Source lines of native code, by libbfd. This is a library of its own: only what asks for lines loads libbfd.
 *
 * libbfd was not made for files that mean harm, and this program often runs as root. So each file is read by a
 * process of its own, which can crash, hang or be taken over without consequence: it is forked when the file is
 * opened, has no descriptors but those of the file, may make no system calls but those that reading takes, and has
 * a bound on its memory. What it answers is checked like any other input.
 *
 * Conventions as in shim.h: failures are returned as -errno, addresses cross as double.
 */
#ifndef AUSTINP_LINES_H
#define AUSTINP_LINES_H

#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

/* The most addresses in a question, and bytes in an answer. src/ffi/line_reader.ts has the same numbers. */
#define QUESTION_MAX 64
#define ANSWER_MAX 16384

/* Set in the number of frames of an answer when libbfd has found something wrong with the file until then. */
#define ANSWER_MALFORMED 0x8000u

/*
 * Starts a reader of the debug information in the file at path. Files may share some in another one (dwz): alternate
 * is that one's path, or "". Must be called by the main thread, with whose end the reader ends. Stores the reader's
 * pid. The socket to ask it through, or -errno.
 */
EXPORT int32_t lines_start(const char *path, const char *alternate, int32_t *pid);

/*
 * Asks for up to QUESTION_MAX file addresses. Waits for each answer up to timeout_ms; may be called by any thread, one
 * at a time. Writes the answers one behind another, and returns their size in bytes: fewer than were asked for when
 * the reader has crashed or hangs. into must have room for count * ANSWER_MAX bytes. Or -errno.
 *
 * An answer: uint16_t frames (and ANSWER_MALFORMED), then for each, the innermost first: uint32_t line, uint16_t file_size,
 * uint16_t function_size, the file, the function. No frame where no line is known.
 */
EXPORT int32_t lines_ask(int32_t socket, const double *addresses, uint32_t count, int32_t timeout_ms, uint8_t *into);

/* Ends the reader, whatever it is doing. */
EXPORT void lines_stop(int32_t socket, int32_t pid);

/* Where a reader has its descriptors; below are three times /dev/null, and the last may be closed. */
enum { FILE_FD = 3, SOCKET_FD, ALTERNATE_FD, FIRST_FREE_FD };

/* Of a reader's memory, what it reads functions into, in bytes. */
#define ORDERED_MEMORY (1u << 29)

/* In the reader: gives up all that reading does not take. Whatever is opened gives ALTERNATE_FD. 0 or -errno. */
int sandbox_enter(void);

/* In the reader: answers what comes through SOCKET_FD about FILE_FD until the socket is closed. */
_Noreturn void reader_run(void);

#endif

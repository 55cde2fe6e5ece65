/* What the tests of csrc/ share. Each is a function in the table of main.c; a failed claim ends the program. */
#ifndef AUSTINP_TESTS_CHECK_H
#define AUSTINP_TESTS_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define CHECK(claim) \
	do { \
		if (!(claim)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim); \
			exit(1); \
		} \
	} while (0)

#define PAGE 4096u

/* The same numbers in every run. */
static inline uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 32);
}

/* Maps readable pages, so many. */
uint8_t *map_pages(size_t count);

/* A process whose main function runs in a fork of this one, with the same memory at the same addresses. */
struct child {
	pid_t pid;
	int ready;	/* it says that it is ready by child_ready, which we await by child_await */
	int go;		/* it waits by child_wait to go on, until child_go or our end */
};

void child_start(struct child *child, void (*run)(struct child *child, void *context), void *context);
void child_ready(struct child *child);
void child_wait(struct child *child);
void child_await(struct child *child);
void child_go(struct child *child);
/* Waits for its end; returns the wait status, or -1 where a session of ours was the one to be told. */
int child_end(struct child *child);
/* Kills it first. */
void child_kill(struct child *child);

/* A field of /proc/PID/task/TID/status: its first character, as for State, or its number. */
char status_letter(pid_t pid, pid_t tid, const char *field);
long status_number(pid_t pid, pid_t tid, const char *field);

#endif

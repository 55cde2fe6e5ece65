/*
 * Runs a process, which has one thread, an instruction at a time:
 *
 *     stepper PID STEPS FAR TIMES ADDRESS [OFFSET]
 *
 * and leaves it stopped (SIGSTOP), traced by nobody, wherever its current frame has changed within the last FAR
 * instructions; TIMES times at each place in the code. There it writes the place to its standard output and waits for a
 * line of input. The current frame is the word at ADDRESS; with OFFSET, that so far behind what the word points to.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#define PLACES_BITS 16
#define PLACES (1u << PLACES_BITS)

struct tracee {
	pid_t pid;
	uint64_t address;
	long offset;	/* -1: none */
};

struct place {
	uint64_t pc;
	long times;
};

static void fail(const char *what)
{
	fprintf(stderr, "stepper: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t word_at(const struct tracee *t, uint64_t address)
{
	uint64_t word = 0;
	struct iovec local = { &word, sizeof(word) }, remote = { (void *)(uintptr_t)address, sizeof(word) };

	/* Half-made pointers lead nowhere: that is a change as well. */
	if (process_vm_readv(t->pid, &local, 1, &remote, 1, 0) < 0 && errno != EFAULT)
		fail("process_vm_readv");
	return word;
}

/* Another one where either of the two words is. */
static uint64_t current_frame(const struct tracee *t)
{
	uint64_t word = word_at(t, t->address);

	return t->offset < 0 ? word : word ^ word_at(t, word + (uint64_t)t->offset);
}

static int wait_for(const struct tracee *t)
{
	int status;

	if (waitpid(t->pid, &status, __WALL) < 0)
		fail("waitpid");
	if (!WIFSTOPPED(status)) {
		errno = ESRCH;
		fail("the process has ended");
	}
	return status;
}

/* Runs one instruction, with the signals that come in between. Returns where the next one is. */
static uint64_t step(const struct tracee *t)
{
	struct user_regs_struct registers;
	int status, signal = 0;

	do {
		if (ptrace(PTRACE_SINGLESTEP, t->pid, 0, (long)signal))
			fail("PTRACE_SINGLESTEP");
		status = wait_for(t);
		signal = status >> 16 || WSTOPSIG(status) == SIGCONT ? 0 : WSTOPSIG(status);
	} while (signal != SIGTRAP);
	if (ptrace(PTRACE_GETREGS, t->pid, 0, &registers))
		fail("PTRACE_GETREGS");
	return registers.rip;
}

static void attach(const struct tracee *t)
{
	if (ptrace(PTRACE_SEIZE, t->pid, 0, 0) || ptrace(PTRACE_INTERRUPT, t->pid, 0, 0))
		fail("PTRACE_SEIZE");
	wait_for(t);
}

/* Whoever reads our output looks at the process, which stays where it is. */
static void show(const struct tracee *t, uint64_t pc)
{
	if (ptrace(PTRACE_DETACH, t->pid, 0, (long)SIGSTOP))
		fail("PTRACE_DETACH");
	printf("%llx\n", (unsigned long long)pc);
	fflush(stdout);
	if (getchar() != '\n')
		exit(0);
	attach(t);
	if (kill(t->pid, SIGCONT))
		fail("SIGCONT");
}

/* How often a place was met before. The table, of PLACES, is never filled by more than half. */
static long meet(struct place *places, uint64_t pc, unsigned *count)
{
	uint64_t at = pc * 0x9e3779b97f4a7c15u >> (64 - PLACES_BITS);

	for (; places[at].pc; at = (at + 1) % PLACES)
		if (places[at].pc == pc)
			return places[at].times++;
	if (++*count > PLACES / 2) {
		errno = ENOSPC;
		fail("too many places");
	}
	places[at] = (struct place){ pc, 1 };
	return 0;
}

int main(int argc, char **argv)
{
	static struct place places[PLACES];
	struct tracee t = { .offset = -1 };
	long steps, far, times, since;
	uint64_t frame = 0;
	unsigned count = 0;

	if (argc < 6)
		return 64;
	t.pid = atoi(argv[1]);
	steps = atol(argv[2]);
	since = far = atol(argv[3]);
	times = atol(argv[4]);
	t.address = strtoull(argv[5], NULL, 0);
	if (argc > 6)
		t.offset = atol(argv[6]);
	attach(&t);
	while (steps-- > 0) {
		uint64_t pc = step(&t), now = current_frame(&t);

		since = now == frame ? since + 1 : 0;
		frame = now;
		if (since < far && meet(places, pc, &count) < times)
			show(&t, pc);
	}
	return 0;
}

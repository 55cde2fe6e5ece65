/*
 * A thread is traced only for the moment of its stop. PTRACE_SEIZE and PTRACE_DETACH cost about 3 us more per
 * sample than staying attached, outside the pause (bench/README.md), and buy this: between samples signals,
 * exec, fork, wait and job control of the target go their way without a tracer in it, and there is no event
 * that somebody would have to wait for.
 */
#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "clock.h"
#include "tasks.h"

/* Spinning makes the pause half as long as sleeping in waitpid; a thread that is slower is not running. */
#define SPIN_NS (100 * NS_PER_US)
#define SLEEP_NS (50 * NS_PER_US)

int tracee_seize(pid_t tid)
{
	return ptrace(PTRACE_SEIZE, tid, 0, (void *)PTRACE_O_TRACEEXIT) ? -errno : 0;
}

void tracee_interrupt(pid_t tid)
{
	/* Cannot fail for a thread that is seized, unless it is dying: then the wait tells. */
	ptrace(PTRACE_INTERRUPT, tid, 0, 0);
}

static enum stop_result classify(int status, struct stop *stop)
{
	int signal;

	if (!WIFSTOPPED(status))
		return STOP_GONE;
	signal = WSTOPSIG(status);
	stop->signal = 0;
	stop->group_stopped = 0;
	if (status >> 16 == PTRACE_EVENT_STOP)
		stop->group_stopped = signal != SIGTRAP;
	else
		stop->signal = signal;
	return STOP_OK;
}

enum stop_result tracee_wait(pid_t tid, uint64_t deadline_ns, struct stop *stop)
{
	uint64_t start = clock_now();

	for (;;) {
		int status;
		pid_t got = waitpid(tid, &status, __WALL | WNOHANG);
		uint64_t now;

		/* See task_is_dying: let go in time if it can be, else waited for at once. */
		if (got == tid && WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXIT) {
			ptrace(PTRACE_DETACH, tid, 0, 0);
			return STOP_GONE;
		}
		if (got == tid)
			return classify(status, stop);
		if (got < 0 && errno != EINTR)
			return STOP_GONE;
		now = clock_now();
		if (now >= deadline_ns)
			return STOP_PENDING;
		if (now - start > SPIN_NS && !task_is_dying(tid))
			nanosleep(&(struct timespec){ .tv_nsec = SLEEP_NS }, NULL);
	}
}

int tracee_registers(pid_t tid, struct user_regs_struct *registers)
{
	struct iovec iov = { .iov_base = registers, .iov_len = sizeof(*registers) };

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov))
		return -errno;
	/* A 32-bit program has another set; nothing here could read it. */
	return iov.iov_len == sizeof(*registers) ? 0 : -ENOTSUP;
}

void tracee_release(pid_t tid, const struct stop *stop)
{
	/* ESRCH is the one failure left: it was killed in the stop, and is gone. */
	ptrace(PTRACE_DETACH, tid, 0, (void *)(intptr_t)stop->signal);
}

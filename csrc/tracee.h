/* Stops one thread and lets it run on, without harm to its signals and group stops. */
#ifndef AUSTINP_TRACEE_H
#define AUSTINP_TRACEE_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

enum stop_result {
	STOP_OK,	/* stopped, and ours to copy */
	STOP_PENDING,	/* asked to stop, has not yet */
	STOP_GONE,	/* has ended */
};

/* A stopped thread: what it was at, and how it is to be let go. */
struct stop {
	struct user_regs_struct registers;
	int signal;		/* delivered with the detach: the signal whose delivery the stop was, else 0 */
	int group_stopped;	/* the thread group is stopped by a signal and stays so */
};

/*
 * Begins to trace the thread, which runs on. 0, -ESRCH if it is gone, or -errno (EPERM: not allowed, or traced
 * already). All functions here must be called by the same thread for a given tid.
 */
int tracee_seize(pid_t tid);

/* What ptrace answers where it may not be called at all, as under a seccomp filter, as -errno; else 0. Touches nothing. */
int tracee_refused(pid_t tid);

/* Asks a seized thread to stop. */
void tracee_interrupt(pid_t tid);

/* Looks whether the stop is there. A system call that it broke off goes on afterwards; see wait_may_begin_again. */
enum stop_result tracee_poll(pid_t tid, struct stop *stop);

/*
 * Waits for the stop, spinning for a short while and then sleeping, until deadline_ns of the clock.
 */
enum stop_result tracee_wait(pid_t tid, uint64_t deadline_ns, struct stop *stop);

/* Ends the tracing of a stopped thread, which runs on, or stays in its group stop. */
void tracee_release(pid_t tid, const struct stop *stop);

#endif

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
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "clock.h"
#include "tasks.h"
#include "wait.h"

/* Spinning makes the pause half as long as sleeping in waitpid; a thread that is slower is not running. */
#define SPIN_NS (100 * NS_PER_US)
#define SLEEP_NS (50 * NS_PER_US)

/* What a system call returns inside the kernel to be restarted unless a handler runs: include/linux/errno.h */
#define ERESTARTNOHAND 514

int tracee_seize(pid_t tid)
{
	return ptrace(PTRACE_SEIZE, tid, 0, (void *)PTRACE_O_TRACEEXIT) ? -errno : 0;
}

int tracee_refused(pid_t tid)
{
	/* Of a thread that is not ours the kernel says ESRCH. */
	return ptrace(PTRACE_INTERRUPT, tid, 0, 0) && errno != ESRCH ? -errno : 0;
}

void tracee_interrupt(pid_t tid)
{
	/* Cannot fail for a thread that is seized, unless it is dying: then the wait tells. */
	ptrace(PTRACE_INTERRUPT, tid, 0, 0);
}

/*
 * A thread that ran when it was asked to stop may have begun to wait since. Where the kernel does not restart the call
 * after a stop, we make it: with this value in rax the call begins again, or returns EINTR after all if a signal has
 * come that the program handles (Linux, arch/x86/kernel/signal.c, arch_do_signal_or_restart). It has waited for
 * microseconds, so that it does not matter that its timeout begins anew.
 */
static void resume_call(pid_t tid, const struct user_regs_struct *registers)
{
	if ((int64_t)registers->rax != -EINTR || !wait_may_begin_again((int64_t)registers->orig_rax))
		return;
	/* Fails only for a thread that was killed. */
	ptrace(PTRACE_POKEUSER, tid, (void *)offsetof(struct user, regs.rax), (void *)(intptr_t)-ERESTARTNOHAND);
}

/* A 32-bit program has other registers; nothing here could read it, and nobody asks for that. */
static int read_registers(pid_t tid, struct user_regs_struct *registers)
{
	struct iovec iov = { .iov_base = registers, .iov_len = sizeof(*registers) };

	return !ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &iov) && iov.iov_len == sizeof(*registers);
}

static enum stop_result classify(pid_t tid, int status, struct stop *stop)
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
	if (!read_registers(tid, &stop->registers)) {
		tracee_release(tid, stop);
		return STOP_GONE;
	}
	if (!stop->signal && !stop->group_stopped)
		resume_call(tid, &stop->registers);
	return STOP_OK;
}

enum stop_result tracee_poll(pid_t tid, struct stop *stop)
{
	int status;
	pid_t got = waitpid(tid, &status, __WALL | WNOHANG);

	/* See task_is_dying: let go in time if it can be, else waited for at once. */
	if (got == tid && WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXIT) {
		ptrace(PTRACE_DETACH, tid, 0, 0);
		return STOP_GONE;
	}
	if (got == tid)
		return classify(tid, status, stop);
	return got < 0 && errno != EINTR ? STOP_GONE : STOP_PENDING;
}

enum stop_result tracee_wait(pid_t tid, uint64_t deadline_ns, struct stop *stop)
{
	uint64_t start = clock_now();

	for (;;) {
		enum stop_result result = tracee_poll(tid, stop);
		uint64_t now = clock_now();

		if (result != STOP_PENDING)
			return result;
		if (now >= deadline_ns)
			return STOP_PENDING;
		if (now - start > SPIN_NS && !task_is_dying(tid))
			nanosleep(&(struct timespec){ .tv_nsec = SLEEP_NS }, NULL);
	}
}

void tracee_release(pid_t tid, const struct stop *stop)
{
	/* ESRCH is the one failure left: it was killed in the stop, and is gone. */
	ptrace(PTRACE_DETACH, tid, 0, (void *)(intptr_t)stop->signal);
}

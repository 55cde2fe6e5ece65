/* What a thread that sleeps in the kernel waits in. */
#ifndef AUSTINP_WAIT_H
#define AUSTINP_WAIT_H

#include <stdint.h>
#include <sys/user.h>

/* The system call, or the fault, that a thread waits in, as /proc/PID/task/TID/syscall tells it. */
struct wait {
	int64_t call;		/* number of the system call; -1: none, a page fault or a stop by a signal */
	uint64_t arguments[6];
	uint64_t sp, pc;	/* in user space; 0 where they are not told */
};

/* Parses the text of the file; all zero where it tells of no wait. */
void wait_parse(const char *text, struct wait *wait);

/*
 * Whether the kernel goes on with the call after a stop as if there had been none. Others may return EINTR, whatever
 * SA_RESTART says: signal(7), "Interruption of system calls and library functions by stop signals".
 */
int wait_restarts(const struct wait *wait);

/*
 * Whether a call that returns EINTR after a stop has done nothing by then, and may be begun again. Not so connect(2), which
 * goes on in the background, and close(2).
 */
int wait_may_begin_again(int64_t call);

/*
 * The registers that the wait tells: rip, rsp, and of a call its number and arguments. Zero are those that it does not,
 * which are UNKNOWN_REGISTERS of unwinder.h, and fs_base.
 */
void wait_registers(const struct wait *wait, struct user_regs_struct *registers);

#endif

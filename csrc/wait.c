#include "wait.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

void wait_parse(const char *text, struct wait *wait)
{
	unsigned long long a[8];
	long long call;
	int n = sscanf(text, "%lld %llx %llx %llx %llx %llx %llx %llx %llx", &call, &a[0], &a[1], &a[2], &a[3], &a[4],
		       &a[5], &a[6], &a[7]);

	memset(wait, 0, sizeof(*wait));
	/* Outside a call there are no arguments, only the last two: sp and pc. */
	if (n != 9 && !(n == 3 && call == -1))
		return;
	wait->call = call;
	for (int i = 0; i < n - 3; i++)
		wait->arguments[i] = a[i];
	wait->sp = a[n - 3];
	wait->pc = a[n - 2];
}

int wait_restarts(const struct wait *wait)
{
	switch (wait->call) {
	case -1:
	case SYS_clock_nanosleep:
	case SYS_flock:
	case SYS_futex:
	case SYS_nanosleep:
	case SYS_pause:
	case SYS_poll:
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_restart_syscall:
	case SYS_rt_sigsuspend:
	case SYS_select:
	case SYS_wait4:
	case SYS_waitid:
		return 1;
	default:
		/* Reading and writing are not among them: of a socket with a timeout they return EINTR. */
		return 0;
	}
}

int wait_may_begin_again(int64_t call)
{
	switch (call) {
	case SYS_accept:
	case SYS_accept4:
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
	case SYS_epoll_wait:
	case SYS_io_getevents:
	case SYS_io_pgetevents:
	case SYS_msgrcv:
	case SYS_msgsnd:
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmmsg:
	case SYS_recvmsg:
	case SYS_rt_sigtimedwait:
	case SYS_semop:
	case SYS_semtimedop:
	case SYS_sendmsg:
	case SYS_sendto:
	case SYS_write:
	case SYS_writev:
		return 1;
	default:
		return 0;
	}
}

void wait_registers(const struct wait *wait, struct user_regs_struct *registers)
{
	memset(registers, 0, sizeof(*registers));
	registers->rip = wait->pc;
	registers->rsp = wait->sp;
	registers->orig_rax = (unsigned long long)wait->call;
	registers->rdi = wait->arguments[0];
	registers->rsi = wait->arguments[1];
	registers->rdx = wait->arguments[2];
	registers->r10 = wait->arguments[3];
	registers->r8 = wait->arguments[4];
	registers->r9 = wait->arguments[5];
}

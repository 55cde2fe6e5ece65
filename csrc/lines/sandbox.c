/* What a reader may do: read the file that it has, use a bounded amount of memory, answer. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "lines.h"

/* Debug information of 300 MB, the largest known, takes less. What is only set aside counts, too. */
#define MEMORY_MAX (((rlim_t)1 << 30) + ORDERED_MEMORY)

/* System calls of x32, which has its own numbers for some. */
#define X32_BIT 0x40000000

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define WHEN(number, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), RETURN(action)
#define ALLOW(name) WHEN(SYS_##name, SECCOMP_RET_ALLOW)

/*
 * In place of open: libbfd opens a file shared by several (dwz) by the name that the first one has for it, which need
 * not lead to the right one. It gets the one that our parent found, and by any other name as well.
 */
static void open_alternate(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	int saved = errno, fd = dup(ALTERNATE_FD);

	(void)number;
	(void)info;
	registers[REG_RAX] = fd < 0 ? -ENOENT : fd;
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	errno = saved;
}

static int limit_memory(void)
{
	unsigned long data = 0;
	struct rlimit limit;
	FILE *statm = fopen("/proc/self/statm", "r");

	if (!statm)
		return -errno;
	/* size resident shared text lib data dt, in pages; what we were forked with counts */
	if (fscanf(statm, "%*s %*s %*s %*s %*s %lu", &data) != 1)
		data = 0;
	fclose(statm);
	limit.rlim_cur = limit.rlim_max = (rlim_t)data * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY_MAX;
	return data && !setrlimit(RLIMIT_DATA, &limit) ? 0 : -EIO;
}

int sandbox_enter(void)
{
	struct sock_filter instructions[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		ALLOW(read), ALLOW(pread64), ALLOW(write), ALLOW(lseek), ALLOW(close),
		ALLOW(fstat), ALLOW(newfstatat), ALLOW(dup), ALLOW(fcntl),
		ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect), ALLOW(madvise), ALLOW(brk),
		ALLOW(futex), ALLOW(rt_sigreturn), ALLOW(rt_sigprocmask), ALLOW(exit), ALLOW(exit_group),
		WHEN(SYS_open, SECCOMP_RET_TRAP), WHEN(SYS_openat, SECCOMP_RET_TRAP),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = {
		.len = sizeof(instructions) / sizeof(*instructions), .filter = instructions,
	};
	struct sigaction action = { .sa_sigaction = open_alternate, .sa_flags = SA_SIGINFO };
	struct rlimit none = { 0, 0 };
	int error;

	/* A crash is expected: nothing is to be kept of it, and nobody is to look in. */
	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
		return -errno;
	error = limit_memory();
	if (error)
		return error;
	if (sigaction(SIGSYS, &action, NULL))
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

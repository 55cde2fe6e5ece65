/*
 * The floor: stops a thread PID every INTERVAL_US and lets it go at once, reading nothing.
 *
 *     null_stop PID INTERVAL_US          prints "ready" and runs until it is killed
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

int main(int argc, char **argv)
{
	pid_t pid = argc == 3 ? atoi(argv[1]) : 0;
	long interval_ns = argc == 3 ? atol(argv[2]) * 1000 : 0;
	struct timespec deadline;

	if (pid <= 0 || interval_ns <= 0) {
		fprintf(stderr, "usage: null_stop PID INTERVAL_US\n");
		return 2;
	}
	if (ptrace(PTRACE_SEIZE, pid, 0, 0)) {
		perror("PTRACE_SEIZE");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	for (;;) {
		int status, got;

		deadline.tv_nsec += interval_ns;
		deadline.tv_sec += deadline.tv_nsec / 1000000000;
		deadline.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
		if (ptrace(PTRACE_INTERRUPT, pid, 0, 0))
			return 0;
		while ((got = waitpid(pid, &status, __WALL | WNOHANG)) == 0)
			;
		if (got < 0 || !WIFSTOPPED(status) || ptrace(PTRACE_CONT, pid, 0, 0))
			return 0;
	}
}

/* Our side of a reader: starts it, asks it, ends it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../clock.h"
#include "lines.h"

/* A regular file, or -errno: to open a device or a pipe may do something or wait. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

static void close_from(unsigned int first)
{
	struct rlimit limit;

	if (!syscall(SYS_close_range, first, ~0U, 0))
		return;
	/* Before Linux 5.9. */
	if (getrlimit(RLIMIT_NOFILE, &limit))
		limit.rlim_cur = 65536;
	for (rlim_t fd = first; fd < limit.rlim_cur; fd++)
		close((int)fd);
}

/* Leaves the descriptors at their places and closes all others. */
static int arrange(int file, int socket, int alternate)
{
	int null = open("/dev/null", O_RDWR);
	/* Out of the way of the places. */
	int from[] = { null, null, null, file, socket, alternate };

	if (null < 0)
		return -errno;
	for (int i = 0; i < FIRST_FREE_FD; i++) {
		if (from[i] < 0)
			continue;
		from[i] = fcntl(from[i], F_DUPFD, FIRST_FREE_FD);
		if (from[i] < 0)
			return -errno;
	}
	for (int i = 0; i < FIRST_FREE_FD; i++) {
		if (from[i] < 0)
			close(i);
		else if (dup2(from[i], i) < 0)
			return -errno;
	}
	close_from(FIRST_FREE_FD);
	return 0;
}

/* Handlers are those of the process that was forked, and mean nothing here. */
static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	/* A terminal's Ctrl-C is for the parent, which ends us when it has done. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void be_reader(int file, int socket, int alternate, pid_t parent)
{
	reset_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	if (arrange(file, socket, alternate) || sandbox_enter())
		_exit(1);
	reader_run();
}

EXPORT int32_t lines_start(const char *path, const char *alternate, int32_t *pid)
{
	int file, shared = -1, ends[2], error;
	pid_t parent = getpid(), child = -1;
	sigset_t all, before;

	file = open_regular(path);
	if (file < 0)
		return file;
	if (*alternate)
		shared = open_regular(alternate);
	if (*alternate && shared < 0) {
		error = -shared;
		goto close_file;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		error = errno;
		goto close_shared;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (!child)
		be_reader(file, ends[1], shared, parent);
	error = child < 0 ? errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (error)
		close(ends[0]);
close_shared:
	if (shared >= 0)
		close(shared);
close_file:
	close(file);
	if (error)
		return -error;
	*pid = child;
	return ends[0];
}

/* Waits until there is something to read. */
static bool wait_readable(int socket, uint64_t deadline_ns)
{
	for (;;) {
		struct pollfd poller = { .fd = socket, .events = POLLIN };
		uint64_t now = clock_now();
		int ready;

		if (now >= deadline_ns)
			return false;
		ready = poll(&poller, 1, (int)((deadline_ns - now) / NS_PER_MS) + 1);
		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
}

EXPORT int32_t lines_ask(int32_t socket, const double *addresses, uint32_t count, int32_t timeout_ms, uint8_t *into)
{
	uint64_t question[QUESTION_MAX];
	uint32_t filled = 0;

	if (count < 1 || count > QUESTION_MAX || timeout_ms < 0)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++)
		question[i] = (uint64_t)addresses[i];
	if (send(socket, question, count * sizeof(*question), MSG_NOSIGNAL) < 0)
		return errno == EPIPE ? 0 : -errno;
	for (uint32_t i = 0; i < count; i++) {
		ssize_t got;

		if (!wait_readable(socket, clock_now() + (uint64_t)timeout_ms * NS_PER_MS))
			break;
		got = recv(socket, into + filled, ANSWER_MAX, MSG_DONTWAIT);
		if (got <= 0)
			break;
		filled += (uint32_t)got;
	}
	return (int32_t)filled;
}

EXPORT void lines_stop(int32_t socket, int32_t pid)
{
	close(socket);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/*
 * container [-p FD] ROOT PROGRAM [ARG...]: runs a program as a container does, as root.
 *
 * It gets mount and pid namespaces of its own, is process 1 in there, has ROOT as its root (by pivot_root, so that the
 * old root is out of its sight and its paths mean nothing outside), a /proc of its own, the basic devices, and this
 * process's working directory at /mnt, where it starts. ROOT is to have dev, mnt and proc; nothing is written to it.
 *
 * Its process id out here goes to descriptor FD as a line, before it starts. It dies with this process; SIGTERM, SIGINT and SIGHUP end both. The
 * exit code is the program's, or 128 + the signal that ended it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t program;

/* Only what fails with errno set comes here, so -1 is the failure. */
static long must(long result, const char *action, const char *object)
{
	if (result != -1)
		return result;
	fprintf(stderr, "container: cannot %s %s: %s\n", action, object, strerror(errno));
	exit(125);
}

static void end_program(int signal)
{
	(void)signal;
	kill(program, SIGKILL);
}

static void bind(const char *from, const char *to)
{
	must(mount(from, to, NULL, MS_BIND | MS_REC, NULL), "mount", from);
}

/* Runs in the namespaces, with `root` as working directory and not yet as root. */
static void mount_devices(void)
{
	static const char *const names[] = { "null", "zero", "full", "random", "urandom", "tty" };
	char from[32], to[32];

	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755"), "mount", "/dev");
	must(mkdir("dev/shm", 01777), "make", "/dev/shm");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(from, sizeof from, "/dev/%s", names[i]);
		snprintf(to, sizeof to, "dev/%s", names[i]);
		if (access(from, F_OK) < 0)
			continue;
		must(close(must(open(to, O_CREAT | O_WRONLY, 0666), "make", to)), "make", to);
		bind(from, to);
	}
}

static void enter(const char *root)
{
	char *here = getcwd(NULL, 0);

	if (!here)
		must(-1, "find", "the working directory");
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private", "the mounts");
	bind(root, root); /* the new root has to be a mount */
	must(chdir(root), "enter", root);
	must(mount("proc", "proc", "proc", 0, NULL), "mount", "/proc");
	mount_devices();
	bind(here, "mnt");
	/* The old root lands on top of the new one, from where it is taken away: pivot_root(2). */
	must(syscall(SYS_pivot_root, ".", "."), "change the root to", root);
	must(umount2(".", MNT_DETACH), "unmount", "the old root");
	must(chdir("/mnt"), "enter", "/mnt");
}

int main(int argc, char **argv)
{
	int pid_fd = -1;
	int status, ready[2];
	char byte;

	if (argc > 2 && !strcmp(argv[1], "-p")) {
		pid_fd = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: container [-p FD] ROOT PROGRAM [ARG...]\n");
		return 125;
	}
	must(unshare(CLONE_NEWNS | CLONE_NEWPID), "make", "namespaces (are you root?)");
	must(pipe2(ready, O_CLOEXEC), "make", "a pipe");
	program = must(fork(), "start", "a process");
	if (program == 0) {
		must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "set", "the signal of death");
		close(ready[1]);
		/* No byte: the runner ended before it could say our id, or we could ask to end with it. */
		if (read(ready[0], &byte, 1) != 1)
			_exit(125);
		enter(argv[1]);
		execv(argv[2], argv + 2);
		must(-1, "run", argv[2]);
	}
	signal(SIGTERM, end_program);
	signal(SIGINT, end_program);
	signal(SIGHUP, end_program);
	if (pid_fd >= 0)
		must(dprintf(pid_fd, "%d\n", (int)program), "write", "the process id");
	must(write(ready[1], "", 1), "start", argv[2]);
	while (waitpid(program, &status, 0) < 0)
		if (errno != EINTR)
			must(-1, "wait for", argv[2]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

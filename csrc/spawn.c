/* Starts the program to be sampled. Deno's own children are waited for by Deno; this one is ours alone. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"

extern char **environ;

/* Points argv at the words of text. 0, or -EINVAL if there are not argc of them. */
static int split(const uint8_t *text, uint32_t size, int32_t argc, char **argv)
{
	uint32_t at = 0;

	for (int32_t i = 0; i < argc; i++) {
		if (at >= size)
			return -EINVAL;
		argv[i] = (char *)text + at;
		while (at < size && text[at])
			at++;
		if (at++ >= size)
			return -EINVAL;
	}
	argv[argc] = NULL;
	return 0;
}

/* The Rust runtime ignores SIGPIPE, which a program would inherit; everything else stays as it was given to us. */
static int prepare(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions, int discard_stdout)
{
	sigset_t none, ignored;
	int error;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	error = posix_spawnattr_setsigmask(attributes, &none);
	if (!error)
		error = posix_spawnattr_setsigdefault(attributes, &ignored);
	if (!error)
		error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!error && discard_stdout)
		error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	return error;
}

EXPORT int32_t spawn_start(const uint8_t *text, uint32_t size, int32_t argc, int32_t discard_stdout)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char **argv;
	pid_t pid = 0;
	int error;

	if (argc < 1)
		return -EINVAL;
	argv = calloc((size_t)argc + 1, sizeof(*argv));
	if (!argv)
		return -ENOMEM;
	error = -split(text, size, argc, argv);
	if (error)
		goto free_argv;
	error = posix_spawn_file_actions_init(&actions);
	if (error)
		goto free_argv;
	error = posix_spawnattr_init(&attributes);
	if (error)
		goto free_actions;
	error = prepare(&attributes, &actions, discard_stdout);
	if (!error)
		error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
free_actions:
	posix_spawn_file_actions_destroy(&actions);
free_argv:
	free(argv);
	return error ? -error : pid;
}

EXPORT int32_t spawn_poll(int32_t pid, int32_t *status)
{
	pid_t got = waitpid(pid, status, WNOHANG);

	return got < 0 ? -errno : got == pid;
}

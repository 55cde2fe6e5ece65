#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int memory_open(struct memory *m, pid_t pid)
{
	char path[32];

	m->pid = pid;
	m->through_fd = 0;
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	m->fd = open(path, O_RDONLY | O_CLOEXEC);
	return m->fd < 0 && errno == ENOENT ? -ESRCH : 0;
}

void memory_close(struct memory *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

static ssize_t read_through_fd(struct memory *m, const struct iovec *local, const struct iovec *remote,
			       size_t count)
{
	ssize_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		ssize_t n = pread(m->fd, local[i].iov_base, local[i].iov_len,
				  (off_t)(uintptr_t)remote[i].iov_base);

		if (n < 0)
			return sum ? sum : -errno;
		sum += n;
		if ((size_t)n < local[i].iov_len)
			break;
	}
	return sum;
}

ssize_t memory_read_many(struct memory *m, const struct iovec *local, const struct iovec *remote,
			 size_t count)
{
	if (!m->through_fd) {
		ssize_t n = process_vm_readv(m->pid, local, count, remote, count, 0);

		if (n >= 0)
			return n;
		/* A seccomp filter answers EPERM, an old kernel ENOSYS; the file may still be allowed. */
		if ((errno != EPERM && errno != ENOSYS) || m->fd < 0)
			return -errno;
		m->through_fd = 1;
	}
	return read_through_fd(m, local, remote, count);
}

int memory_read(struct memory *m, uint64_t address, void *into, size_t size)
{
	struct iovec local = { .iov_base = into, .iov_len = size };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)address, .iov_len = size };
	ssize_t n = memory_read_many(m, &local, &remote, 1);

	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -EFAULT;
}

int memory_alive(struct memory *m, uint64_t address)
{
	char byte;

	if (m->fd < 0)
		return !address || memory_read(m, address, &byte, 1) == 0;
	/* The file answers 0 once the address space it was opened on is gone: after exit and after execve. */
	return pread(m->fd, &byte, 1, (off_t)address) != 0;
}

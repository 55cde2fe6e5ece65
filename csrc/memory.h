/* Reads another process's memory. */
#ifndef AUSTINP_MEMORY_H
#define AUSTINP_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct memory {
	pid_t pid;
	int fd;		/* /proc/PID/mem: the memory of the program that ran when it was opened; -1 without */
	int through_fd;	/* process_vm_readv is not allowed or not there: read through fd */
};

/* Fails only where neither way of reading can work; then returns -errno. */
int memory_open(struct memory *m, pid_t pid);
void memory_close(struct memory *m);

/* Copies remote[i] to local[i], of equal sizes, up to the first that cannot be read. Bytes or -errno. */
ssize_t memory_read_many(struct memory *m, const struct iovec *local, const struct iovec *remote,
			 size_t count);

/* All size bytes or failure: 0 or -errno. */
int memory_read(struct memory *m, uint64_t address, void *into, size_t size);

/*
 * 1 while the program that m was opened on is still the one in the process, else 0. Address is one of its memory that is
 * read where the kernel does not tell otherwise; 0 if none is known: then it is taken to be.
 */
int memory_alive(struct memory *m, uint64_t address);

#endif

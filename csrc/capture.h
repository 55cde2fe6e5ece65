/* Turns one stopped thread into a record. */
#ifndef AUSTINP_CAPTURE_H
#define AUSTINP_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include "image.h"
#include "memory.h"
#include "ring.h"
#include "shim.h"
#include "threads.h"
#include "tracee.h"
#include "wait.h"

#define KERNEL_TEXT_MAX 16384

/* All that one capture fills; used again for the next. */
struct capture {
	struct record head;
	struct image image;
	struct record_thread owned[OWNED_MAX];
	const struct record_code *codes;	/* head.code_count of them, borrowed */
	char kernel[KERNEL_TEXT_MAX];
	uint64_t sp, pc;	/* of the captured thread */
};

/*
 * Copies a stopped thread: registers, stack, Python memory. main_stack_end is the address just above the main thread's
 * first frame. 0 or -errno; the thread stays stopped.
 */
int capture_thread(struct capture *c, struct memory *m, struct thread_table *threads,
		   const struct user_regs_struct *registers, uint64_t main_stack_end, const struct page_list *pages);

/*
 * Copies a thread that waits in the kernel, without a stop: all that the wait tells of its registers, stack, Python
 * memory. thread_id is its pthread_self(), or 0. As long as the thread does not run meanwhile, the copy is of one instant.
 * 0 or -errno.
 */
int capture_waiting(struct capture *c, struct memory *m, struct thread_table *threads, const struct wait *wait,
		    uint64_t thread_id, uint64_t main_stack_end, const struct page_list *pages);

/*
 * Copies the Python memory of a thread that runs on meanwhile; thread_id is its pthread_self(). Where its frames change
 * each time, the record says that it is torn. 0, or -ESRCH if it has no thread state.
 */
int capture_unstopped(struct capture *c, struct memory *m, struct thread_table *threads, uint64_t thread_id,
		      const struct page_list *pages);

/* Writes the capture as one record. 0, or -ENOSPC with nothing written. */
int capture_write(struct capture *c, struct ring *ring);

/* Writes a record that has a header only. 0 or -ENOSPC. */
int record_write(const struct record *head, struct ring *ring);

#endif

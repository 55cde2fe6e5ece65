/* CPython's thread states, found by walking its lists, and the memory of each one's frames. */
#ifndef AUSTINP_THREADS_H
#define AUSTINP_THREADS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include "code_table.h"
#include "image.h"
#include "memory.h"
#include "shim.h"

/* Bounds what a hostile or torn list can make us walk. */
#define INTERPRETERS_MAX 256
#define THREADS_MAX 65536
#define THREAD_SIZE_MAX 4096
#define OWNED_MAX 16

struct thread_state {
	struct record_thread record;
	uint64_t thread_id;
	uint64_t native_id;	/* 0 where the thread state does not tell */
};

struct thread_table {
	struct python_layout layout;
	int has_layout;
	struct thread_state *threads;
	size_t count, capacity;
	uint64_t signature;	/* of the list heads when the lists were walked */
	struct code_table codes;
};

/* 0, -EINVAL for a layout that cannot be, or -ENOMEM. */
int threads_set_layout(struct thread_table *table, const uint8_t *layout, uint32_t size);
void threads_free(struct thread_table *table);

/* Walks the lists anew if their heads have changed, or if force is set. 0 or -errno. */
int threads_refresh(struct thread_table *table, struct memory *m, int force);

/* pthread_self() of the thread that has this id in its own pid namespace and a thread state; 0 without one. */
uint64_t threads_id_of(const struct thread_table *table, struct memory *m, pid_t inner_tid);

/* Whether what threads_capture copied, without a stop, is of one instant; see standing.h. */
int threads_stand(const struct thread_table *table, struct memory *m, struct image *image,
		  const struct record_thread *owned, size_t count);

/*
 * Copies the thread states, frames and code objects of the stopped thread that has these registers into
 * image. owned gets the thread states, at most OWNED_MAX. Returns how many.
 */
size_t threads_capture(struct thread_table *table, struct memory *m, struct image *image,
		       const struct user_regs_struct *registers, struct record_thread *owned);

/*
 * To be called before the record of what threads_capture copied is written, which may be long after: adds the contents
 * of code objects that the reader lacks.
 */
void threads_settle(struct thread_table *table, struct image *image);

/* The reader may not look at all that was copied: it will be sent again. */
void threads_distrust_code(struct thread_table *table);

/* The reader lost what it was sent, or asks for it again. */
void threads_forget_code(struct thread_table *table);

#endif

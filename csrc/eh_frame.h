/*
 * The lookup table of .eh_frame_hdr and the heads of the FDEs it points to. LSB Core 5.0, 10.6.
 * libunwind interprets the instructions; this tells only which function an address belongs to.
 */
#ifndef AUSTINP_EH_FRAME_H
#define AUSTINP_EH_FRAME_H

#include <stdint.h>

/* A copy of .eh_frame_hdr and .eh_frame, with the runtime addresses it was at. */
struct eh_frame {
	uint8_t *bytes;
	uint64_t base, size;	/* of bytes */
	uint64_t header;	/* address of .eh_frame_hdr */
	uint64_t table;		/* address of its sorted table, of count entries of 8 bytes */
	uint64_t count;
};

/* What an FDE says about itself. */
struct function {
	uint64_t start, end;
	int signal_frame;	/* its caller was interrupted, not called from (augmentation S) */
};

/* Finds the table; count stays 0 where there is none that can be searched. 0, or -EINVAL if malformed. */
int eh_frame_init(struct eh_frame *e);

/* Copies size bytes at a runtime address out; 0 or -EFAULT. */
int eh_frame_read(const struct eh_frame *e, uint64_t address, void *into, uint64_t size);

/* The FDE that holds pc: 0, or -ENOENT. */
int eh_frame_find(const struct eh_frame *e, uint64_t pc, struct function *found);

#endif

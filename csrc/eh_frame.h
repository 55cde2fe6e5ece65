/*
 * The lookup table of .eh_frame_hdr and the heads of the FDEs it points to. LSB Core 5.0, 10.6.
 * libunwind interprets the instructions; this tells only which function an address belongs to.
 */
#ifndef AUSTINP_EH_FRAME_H
#define AUSTINP_EH_FRAME_H

#include <stdint.h>

/* A copy of .eh_frame_hdr and .eh_frame, borrowed, with the runtime addresses it was at. */
struct eh_frame {
	const uint8_t *bytes;
	uint64_t base, size;	/* of bytes */
	uint64_t header;	/* address of .eh_frame_hdr */
	uint64_t frames;	/* address of .eh_frame, or 0 where the header does not tell it */
	uint64_t table;		/* address of the header's sorted table, of count entries of 8 bytes */
	uint64_t count;
};

/* What an FDE and its CIE say. Instructions are address ranges of CFA instructions. */
struct fde {
	uint64_t address;	/* of the FDE itself */
	uint64_t start, end;	/* of the function */
	int signal_frame;	/* its caller was interrupted, not called from (augmentation S) */
	uint64_t cie_instructions, cie_end;
	uint64_t instructions, instructions_end;
};

/* Finds the table; count stays 0 where there is none that can be searched. 0, or -EINVAL if malformed. */
int eh_frame_init(struct eh_frame *e);

/* Copies size bytes at a runtime address out; 0 or -EFAULT. */
int eh_frame_read(const struct eh_frame *e, uint64_t address, void *into, uint64_t size);

/* Reads a ULEB128 number and moves at behind it. 0, or -EINVAL where it does not end in time. */
int eh_frame_uleb(const struct eh_frame *e, uint64_t *at, uint64_t *value);

/* The FDE that holds pc: 0, or -ENOENT. */
int eh_frame_find(const struct eh_frame *e, uint64_t pc, struct fde *found);

/* The FDE that stands before one in .eh_frame: 0, or -ENOENT. */
int eh_frame_before(const struct eh_frame *e, const struct fde *fde, struct fde *found);

#endif

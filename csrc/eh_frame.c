#include "eh_frame.h"

#include <errno.h>
#include <string.h>

/* Pointer encodings, LSB Core 5.0, 10.5.1. */
#define ENC_UDATA4 0x03
#define ENC_UDATA8 0x04
#define ENC_SDATA4 0x0b
#define ENC_SDATA8 0x0c
#define ENC_FORMAT 0x0f
#define ENC_PCREL 0x10
#define ENC_DATAREL 0x30
#define ENC_APPLICATION 0x70

#define ULEB_DIGITS 10
#define AUGMENTATION_MAX 16

int eh_frame_read(const struct eh_frame *e, uint64_t address, void *into, uint64_t size)
{
	if (address < e->base || size > e->size || address - e->base > e->size - size)
		return -EFAULT;
	memcpy(into, e->bytes + (address - e->base), size);
	return 0;
}

static int read_s32(const struct eh_frame *e, uint64_t address, int64_t *value)
{
	int32_t v = 0;
	int error = eh_frame_read(e, address, &v, sizeof(v));

	*value = v;
	return error;
}

int eh_frame_uleb(const struct eh_frame *e, uint64_t *at, uint64_t *value)
{
	*value = 0;
	for (int i = 0; i < ULEB_DIGITS; i++) {
		uint8_t byte;

		if (eh_frame_read(e, (*at)++, &byte, 1))
			return -EINVAL;
		*value |= (uint64_t)(byte & 0x7f) << (i * 7);
		if (!(byte & 0x80))
			return 0;
	}
	return -EINVAL;
}

/* An address in one of the encodings that compilers use; moves at behind it. */
static int read_encoded(const struct eh_frame *e, uint64_t *at, uint8_t encoding, uint64_t *value)
{
	uint64_t base = (encoding & ENC_APPLICATION) == ENC_PCREL ? *at :
			(encoding & ENC_APPLICATION) == ENC_DATAREL ? e->header : 0;
	uint64_t size = 8;
	int64_t v = 0;

	switch (encoding & ENC_FORMAT) {
	case ENC_SDATA4:
	case ENC_UDATA4:
		size = 4;
		if (read_s32(e, *at, &v))
			return -EINVAL;
		if ((encoding & ENC_FORMAT) == ENC_UDATA4)
			v = (uint32_t)v;
		break;
	case 0:
	case ENC_SDATA8:
	case ENC_UDATA8:
		if (eh_frame_read(e, *at, &v, 8))
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	*at += size;
	*value = base + (uint64_t)v;
	return 0;
}

int eh_frame_init(struct eh_frame *e)
{
	uint64_t at = e->header + 4, count;
	uint8_t head[4];

	e->count = 0;
	e->frames = 0;
	/* version; encodings of the pointer to .eh_frame, of the count, and of the table */
	if (eh_frame_read(e, e->header, head, sizeof(head)) || head[0] != 1)
		return -EINVAL;
	if (read_encoded(e, &at, head[1], &e->frames))
		return 0;
	/* All linkers write the table so. */
	if (head[2] != ENC_UDATA4 || head[3] != (ENC_DATAREL | ENC_SDATA4))
		return 0;
	if (read_encoded(e, &at, head[2], &count) || count * 8 > e->base + e->size - at)
		return -EINVAL;
	e->table = at;
	e->count = count;
	return 0;
}

/* The address of the last FDE that begins at or below pc, or 0. */
static uint64_t search(const struct eh_frame *e, uint64_t pc)
{
	uint64_t low = 0, high = e->count;
	int64_t offset;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (read_s32(e, e->table + middle * 8, &offset))
			return 0;
		if (e->header + (uint64_t)offset <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || read_s32(e, e->table + (low - 1) * 8 + 4, &offset))
		return 0;
	return e->header + (uint64_t)offset;
}

/* The augmentation data of a CIE: the encoding of its FDEs' addresses, and whether they are signal frames. */
static int read_augmentation(const struct eh_frame *e, const char *letters, uint64_t at, uint8_t *encoding,
			     int *signal_frame)
{
	uint64_t personality;
	uint8_t byte;

	for (; *letters; letters++) {
		switch (*letters) {
		case 'R':
			if (eh_frame_read(e, at++, encoding, 1))
				return -EINVAL;
			break;
		case 'L':
			at++;
			break;
		case 'P':
			if (eh_frame_read(e, at++, &byte, 1) || read_encoded(e, &at, byte, &personality))
				return -EINVAL;
			break;
		case 'S':
			*signal_frame = 1;
			break;
		}
	}
	return 0;
}

/* Reads the CIE at an address into fde; encoding is that of its FDEs' addresses. */
static int read_cie(const struct eh_frame *e, uint64_t cie, struct fde *fde, uint8_t *encoding)
{
	char letters[AUGMENTATION_MAX];
	uint64_t at = cie + 9, number;
	uint32_t length;
	size_t n = 0;

	if (eh_frame_read(e, cie, &length, sizeof(length)) || !length || length == UINT32_MAX)
		return -EINVAL;
	do {
		if (n == sizeof(letters) || eh_frame_read(e, at++, &letters[n], 1))
			return -EINVAL;
	} while (letters[n++]);
	if (letters[0] != 'z')
		return -EINVAL;
	/* code alignment, data alignment (signed, of the same form), return address register, size of the data */
	for (int i = 0; i < 4; i++)
		if (eh_frame_uleb(e, &at, &number))
			return -EINVAL;
	fde->signal_frame = 0;
	fde->cie_instructions = at + number;
	fde->cie_end = cie + 4 + length;
	*encoding = 0;
	return read_augmentation(e, letters + 1, at, encoding, &fde->signal_frame);
}

static int read_fde(const struct eh_frame *e, uint64_t address, struct fde *fde)
{
	uint64_t at = address + 8, range, number;
	int64_t distance;
	uint8_t encoding;
	uint32_t length;

	if (eh_frame_read(e, address, &length, 4) || !length || length == UINT32_MAX)
		return -ENOENT;
	/* The word behind the length is the distance from itself back to the CIE. */
	if (read_s32(e, address + 4, &distance) ||
	    read_cie(e, address + 4 - (uint64_t)distance, fde, &encoding))
		return -ENOENT;
	if (read_encoded(e, &at, encoding, &fde->start) || read_encoded(e, &at, encoding & ENC_FORMAT, &range) ||
	    eh_frame_uleb(e, &at, &number))
		return -ENOENT;
	fde->address = address;
	fde->end = fde->start + range;
	fde->instructions = at + number;
	fde->instructions_end = address + 4 + length;
	return 0;
}

int eh_frame_find(const struct eh_frame *e, uint64_t pc, struct fde *found)
{
	uint64_t address = search(e, pc);

	if (!address || read_fde(e, address, found))
		return -ENOENT;
	return pc >= found->start && pc < found->end ? 0 : -ENOENT;
}

int eh_frame_before(const struct eh_frame *e, const struct fde *fde, struct fde *found)
{
	uint64_t at = e->frames, last = 0;

	while (at && at < fde->address) {
		uint32_t head[2];	/* length; 0 in a CIE, the distance to it in an FDE */

		if (eh_frame_read(e, at, head, sizeof(head)) || !head[0] || head[0] == UINT32_MAX)
			return -ENOENT;
		if (head[1])
			last = at;
		at += 4 + (uint64_t)head[0];
	}
	return last && at == fde->address ? read_fde(e, last, found) : -ENOENT;
}

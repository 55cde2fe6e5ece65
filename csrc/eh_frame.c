#include "eh_frame.h"

#include <errno.h>
#include <string.h>

/* Pointer encodings, LSB Core 5.0, 10.5.1. */
#define ENC_UDATA4 0x03
#define ENC_SDATA4 0x0b
#define ENC_SDATA8 0x0c
#define ENC_UDATA8 0x04
#define ENC_FORMAT 0x0f
#define ENC_PCREL 0x10
#define ENC_DATAREL 0x30
#define ENC_APPLICATION 0x70

int eh_frame_read(const struct eh_frame *e, uint64_t address, void *into, uint64_t size)
{
	if (address < e->base || size > e->size || address - e->base > e->size - size)
		return -EFAULT;
	memcpy(into, e->bytes + (address - e->base), size);
	return 0;
}

static int read_s32(const struct eh_frame *e, uint64_t address, int64_t *value)
{
	int32_t v;
	int error = eh_frame_read(e, address, &v, sizeof(v));

	*value = v;
	return error;
}

int eh_frame_init(struct eh_frame *e)
{
	uint8_t head[4];
	uint32_t count;

	e->count = 0;
	if (eh_frame_read(e, e->header, head, sizeof(head)) || head[0] != 1)
		return -EINVAL;
	/* version, encodings of: the pointer to .eh_frame, the count, the table. All linkers write these. */
	if ((head[1] & ENC_FORMAT) != ENC_SDATA4 || head[2] != ENC_UDATA4 || head[3] != (ENC_DATAREL | ENC_SDATA4))
		return 0;
	if (eh_frame_read(e, e->header + 8, &count, sizeof(count)))
		return -EINVAL;
	e->table = e->header + 12;
	if ((uint64_t)count * 8 > e->base + e->size - e->table)
		return -EINVAL;
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

static int skip_leb(const struct eh_frame *e, uint64_t *at)
{
	uint8_t byte;

	do {
		if (eh_frame_read(e, (*at)++, &byte, 1))
			return -EINVAL;
	} while (byte & 0x80);
	return 0;
}

/* Reads what a CIE says about its FDEs: pointer encoding, and whether they are signal frames. */
static int read_cie(const struct eh_frame *e, uint64_t cie, uint8_t *encoding, int *signal_frame)
{
	uint64_t at = cie + 9;
	char augmentation[16];
	size_t n;

	*encoding = 0;
	*signal_frame = 0;
	for (n = 0; n < sizeof(augmentation); n++)
		if (eh_frame_read(e, at++, &augmentation[n], 1) || !augmentation[n])
			break;
	if (n == sizeof(augmentation) || augmentation[0] != 'z')
		return -EINVAL;
	/* code alignment, data alignment, return address register, size of the augmentation data */
	for (int i = 0; i < 4; i++)
		if (skip_leb(e, &at))
			return -EINVAL;
	for (size_t i = 1; i < n; i++) {
		uint8_t byte = 0;

		switch (augmentation[i]) {
		case 'R':
			if (eh_frame_read(e, at++, encoding, 1))
				return -EINVAL;
			break;
		case 'L':
			at++;
			break;
		case 'P':
			if (eh_frame_read(e, at, &byte, 1))
				return -EINVAL;
			at += (byte & ENC_FORMAT) == ENC_SDATA8 || (byte & ENC_FORMAT) == ENC_UDATA8 ||
			      !(byte & ENC_FORMAT) ? 9 : 5;
			break;
		case 'S':
			*signal_frame = 1;
			break;
		}
	}
	return 0;
}

/* An address in one of the encodings that compilers use for functions. */
static int read_encoded(const struct eh_frame *e, uint64_t *at, uint8_t encoding, uint64_t *value)
{
	uint64_t base = (encoding & ENC_APPLICATION) == ENC_PCREL ? *at :
			(encoding & ENC_APPLICATION) == ENC_DATAREL ? e->header : 0;
	int64_t v = 0;
	uint64_t size = 8;

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

int eh_frame_find(const struct eh_frame *e, uint64_t pc, struct function *found)
{
	uint64_t fde = search(e, pc), at, range;
	int64_t distance;
	uint8_t encoding;
	uint32_t length;

	if (!fde || eh_frame_read(e, fde, &length, 4) || !length || length == UINT32_MAX)
		return -ENOENT;
	/* The word behind the length is the distance from itself back to the CIE. */
	if (read_s32(e, fde + 4, &distance) || read_cie(e, fde + 4 - (uint64_t)distance, &encoding, &found->signal_frame))
		return -ENOENT;
	at = fde + 8;
	if (read_encoded(e, &at, encoding, &found->start) ||
	    read_encoded(e, &at, encoding & ENC_FORMAT, &range))
		return -ENOENT;
	found->end = found->start + range;
	return pc >= found->start && pc < found->end ? 0 : -ENOENT;
}

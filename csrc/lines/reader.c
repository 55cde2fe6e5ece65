/* Inside a reader: libbfd on one file. May crash or hang at any call into libbfd. */
#include <bfd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lines.h"

/* No inlining is deeper, whatever broken information says. */
#define FRAMES_MAX 64
#define TEXT_MAX 4096

struct answer {
	uint8_t bytes[ANSWER_MAX];
	uint32_t size;
};

/* What libbfd has in the `memory` of a file: include/objalloc.h of binutils, the same since 1997. */
struct objalloc {
	char *current_ptr;
	unsigned int current_space;
	void *chunks;
};

/* Whether anything was found to be wrong with the file. libbfd says so to a function that it tells nothing else. */
static bool complained;

static void note_complaint(const char *format, va_list arguments)
{
	(void)format;
	(void)arguments;
	complained = true;
}

/*
 * Has a file's memory come from ever higher addresses. Of two calls with the very same range libbfd takes the one that
 * lies higher in memory for the inner one (lookup_address_in_function_info_table), as if it came later in the file; but
 * malloc gives what is free anywhere, and we have the free memory of the process that was forked.
 */
static void order_memory(bfd *file)
{
	struct objalloc *memory = file->memory;
	char *probe = bfd_alloc(file, sizeof(void *));
	void *room;

	if (!probe || memory->current_ptr != probe + sizeof(void *))
		return;
	room = mmap(NULL, ORDERED_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		return;
	memory->current_ptr = room;
	memory->current_space = ORDERED_MEMORY;
}

static bfd *open_file(void)
{
	bfd *file;

	if (!bfd_init())
		return NULL;
	bfd_set_error_handler(note_complaint);
	file = bfd_fdopenr("", "elf64-x86-64", FILE_FD);
	if (!file)
		return NULL;
	file->flags |= BFD_DECOMPRESS;
	if (!bfd_check_format(file, bfd_object))
		return NULL;
	order_memory(file);
	return file;
}

/*
 * Whether each unit of .debug_info ends where the next one begins, and the last with the section: of what is behind one
 * that does not, libbfd reads nothing, and says nothing. DWARF 5, 7.4 and 7.5.1: a length of 32 bits, or 0xffffffff and one
 * of 64 bits. Units that were compressed count as whole.
 */
static bool has_whole_units(bfd *file)
{
	asection *section = bfd_get_section_by_name(file, ".debug_info");
	uint64_t size = section ? bfd_section_size(section) : 0;

	if (!size || section->compress_status != COMPRESS_SECTION_NONE)
		return true;
	for (uint64_t at = 0; at < size;) {
		uint32_t words[3] = { 0 };
		uint64_t left = size - at;
		uint64_t length, head = 4;

		if (!bfd_get_section_contents(file, section, words, at, left < sizeof(words) ? left : sizeof(words)))
			return false;
		length = words[0];
		if (words[0] == 0xffffffff) {
			length = words[1] | (uint64_t)words[2] << 32;
			head = 12;
		}
		if (left < head || length > left - head)
			return false;
		at += head + length;
	}
	return true;
}

static asection *section_at(bfd *file, uint64_t address)
{
	for (asection *section = file->sections; section; section = section->next) {
		if (!(bfd_section_flags(section) & SEC_ALLOC) || address < bfd_section_vma(section))
			continue;
		if (address - bfd_section_vma(section) < bfd_section_size(section))
			return section;
	}
	return NULL;
}

static void put(struct answer *answer, const void *bytes, uint32_t size)
{
	memcpy(answer->bytes + answer->size, bytes, size);
	answer->size += size;
}

/* Adds a frame, unless it has no line, or there is no room for it. */
static bool put_frame(struct answer *answer, const char *path, const char *function, unsigned int line)
{
	uint16_t path_size = path ? (uint16_t)strnlen(path, TEXT_MAX) : 0;
	uint16_t function_size = function ? (uint16_t)strnlen(function, TEXT_MAX) : 0;
	uint32_t number = line;

	if (!path_size || answer->size + 8u + path_size + function_size > ANSWER_MAX)
		return false;
	put(answer, &number, sizeof(number));
	put(answer, &path_size, sizeof(path_size));
	put(answer, &function_size, sizeof(function_size));
	put(answer, path, path_size);
	put(answer, function, function_size);
	return true;
}

/*
 * The lines of an address: those of the inlined calls that it is in, and that of the function itself.
 *
 * libbfd is told of no symbols: it would name an inlined function that has no linkage name after the symbol around it.
 * But a table it must have: without one (NULL), it does not decompress sections.
 *
 * A call that was inlined into nothing that has a place is one of broken information, as that of a circle is.
 */
static uint16_t put_frames(bfd *file, uint64_t address, struct answer *answer)
{
	asection *section = section_at(file, address);
	const char *path = NULL, *function = NULL;
	asymbol *none = NULL;
	unsigned int line = 0;
	uint16_t frames = 0;
	bool found;

	if (!section)
		return 0;
	address -= bfd_section_vma(section);
	found = bfd_find_nearest_line(file, section, &none, address, &path, &function, &line);
	while (found) {
		if (frames == FRAMES_MAX || !put_frame(answer, path, function, line)) {
			complained |= frames > 0;
			return 0;
		}
		frames++;
		found = bfd_find_inliner_info(file, &path, &function, &line);
	}
	return frames;
}

_Noreturn void reader_run(void)
{
	uint64_t question[QUESTION_MAX];
	bfd *file = open_file();
	bool checked = false;

	for (;;) {
		ssize_t got = read(SOCKET_FD, question, sizeof(question));

		if (got <= 0)
			_exit(0);
		for (size_t i = 0; i < (size_t)got / sizeof(*question); i++) {
			struct answer answer = { .size = sizeof(uint16_t) };
			uint16_t frames = file ? put_frames(file, question[i], &answer) : 0;

			if (!frames)
				answer.size = sizeof(frames);
			if (!frames && !checked) {
				checked = true;
				complained |= file && !has_whole_units(file);
			}
			if (complained || !file)
				frames |= ANSWER_MALFORMED;
			memcpy(answer.bytes, &frames, sizeof(frames));
			if (write(SOCKET_FD, answer.bytes, answer.size) < 0)
				_exit(1);
		}
	}
}

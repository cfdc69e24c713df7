/* allocation_counter - counts a process's allocations, in front of malloc by LD_PRELOAD.
 *
 * The counts are in the file that ALLOCATION_COUNTS names, two numbers of 64 bits in the
 * machine's order: allocations that the program itself asked for, and those of its shared
 * libraries. Whoever wants to know maps or reads the file, at any time. */
#define _GNU_SOURCE 1 /* RTLD_NEXT, dl_iterate_phdr */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct counts {
    _Atomic uint64_t of_program;
    _Atomic uint64_t of_libraries;
};

static struct counts nowhere; /* until the file is there */
static struct counts *counts = &nowhere;
static uintptr_t program_begin, program_end;

/* glibc's own names of what this file stands in front of. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

/* The first object is the program; its code is the segment that may be executed. */
static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0) {
            program_begin = info->dlpi_addr + segment->p_vaddr;
            program_end = program_begin + segment->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("ALLOCATION_COUNTS");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    dl_iterate_phdr(find_program, NULL);
    if (file < 0 || ftruncate(file, sizeof *counts) != 0)
        return;
    void *map = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED)
        counts = map;
    close(file);
}

static void count(const void *caller)
{
    bool is_program = (uintptr_t)caller >= program_begin && (uintptr_t)caller < program_end;
    atomic_fetch_add_explicit(is_program ? &counts->of_program : &counts->of_libraries, 1,
                              memory_order_relaxed);
}

void *malloc(size_t size)
{
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}

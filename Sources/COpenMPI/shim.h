// Accessors for what Swift's importer leaves out of mpi.h: macros that expand to casts of addresses.

#ifndef HOLDFAST_COPENMPI_SHIM_H
#define HOLDFAST_COPENMPI_SHIM_H

#include <mpi.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

// Communicators: casts of the addresses of library globals.
static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }
// The initial value of a communicator variable that a call fills in: a cast of an address.
static inline MPI_Comm cmpi_comm_null(void) { return MPI_COMM_NULL; }

// "No hints": a cast of the address of a library global.
static inline MPI_Info cmpi_info_null(void) { return MPI_INFO_NULL; }

// Have calls return codes instead of aborting: a cast of the address of a library global.
static inline MPI_Errhandler cmpi_errors_return(void) { return MPI_ERRORS_RETURN; }

// Reduce or gather in the receive buffer: the integer 1 cast to a pointer.
static inline void *cmpi_in_place(void) { return MPI_IN_PLACE; }

// Data types: casts of the addresses of library globals, one for each Swift type that is sent.
static inline MPI_Datatype cmpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype cmpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype cmpi_int32(void) { return MPI_INT32_T; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Datatype cmpi_uint8(void) { return MPI_UINT8_T; }
static inline MPI_Datatype cmpi_uint64(void) { return MPI_UINT64_T; }

// Reduction operations: casts of the addresses of library globals.
static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }
static inline MPI_Op cmpi_min(void) { return MPI_MIN; }
static inline MPI_Op cmpi_max(void) { return MPI_MAX; }

// Swift 6 refuses the C global `stdout` as shared mutable state. Under mpirun it is a pipe, hence fully
// buffered, and what a rank printed before another rank's failure would be lost.
static inline int cmpi_line_buffer_stdout(void) { return setvbuf(stdout, NULL, _IOLBF, 0); }

// An anonymous file in memory; glibc declares memfd_create only for those who define _GNU_SOURCE, which Swift does
// not. The flag is MFD_CLOEXEC.
static inline int cmpi_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1u); }

#endif

#pragma once

#include <zlib.h>

// inflateInit2 is a macro, which Swift does not import. 16 + 15: a gzip header and trailer are required,
// and the window is the largest that deflate knows.
static inline int cz_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

#pragma once
#include <zlib.h>

/// `inflateInit2` is a macro, which Swift cannot import. 15 + 32: a full window, gzip or zlib by its header.
static inline int laennec_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 32); }

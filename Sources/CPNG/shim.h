// libpng's simplified interface (png_image_*, libpng 1.6) imports to Swift as it is. The classic one does not: it
// reports errors by longjmp, which must not cross Swift frames.
#include <png.h>

#if PNG_LIBPNG_VER < 10600
#error "Holdfast needs libpng 1.6 or later"
#endif

// The macros below do not import: they are expressions of other macros.
static inline png_uint_32 cpng_format_gray(void) { return PNG_FORMAT_GRAY; }
static inline png_uint_32 cpng_format_rgb(void) { return PNG_FORMAT_RGB; }
static inline png_uint_32 cpng_image_version(void) { return PNG_IMAGE_VERSION; }
static inline const char *cpng_message(const png_image *image) { return image->message; }

#pragma once
// Debian's folder, and the one without: no pkg-config name here, which would link what is to be loaded.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

#pragma once

/// Ask the processor to bring a cache line near before it is needed. Never faults, whatever the address.
static inline void laennec_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

#pragma once
#include <pcap/pcap.h>

/// Runs a compiled filter over a frame: `pcap_offline_filter` without the packet header, of which it reads the lengths only.
static inline int laennec_filter(const struct bpf_program *program, const unsigned char *bytes, unsigned captured, unsigned original) {
    return bpf_filter(program->bf_insns, bytes, original, captured) != 0;
}
